// The fields of a draft's form as elements: what stands in them, and what is shown at them.
import { blankOf, localInstant, percent } from "./rules";

export interface Proposal {
  field: string;
  value: string;
  confidence: number;
  // At or above the city's bar: it may stand in its field.
  sure: boolean;
  choices: { value: string; name: string; confidence: number }[];
  source: { words: string; sound: string | null } | null;
  why: string;
  open: boolean;
}

export type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

export const fieldOf = (event: Event): HTMLElement | null =>
  (event.target as HTMLElement).closest<HTMLElement>("[data-field]");
export const nameOf = (field: HTMLElement): string => field.dataset.field!;
export const stateOf = (field: HTMLElement): string => field.dataset.state ?? "plain";
export const controlOf = (field: HTMLElement): Control | null => field.querySelector<Control>("[data-control]");
const isInstant = (field: HTMLElement): boolean => field.classList.contains("instant");

// As the order holds it: instants in the city's zone.
export const textOf = (field: HTMLElement): string => {
  const control = controlOf(field)!;
  if (control.type === "checkbox") return String((control as HTMLInputElement).checked);
  return isInstant(field) && control.value ? `${control.value}:00+08:00` : control.value;
};

// As it is sent: an emptied choice, instant or number is none.
export function sentOf(field: HTMLElement): string | boolean | null {
  const control = controlOf(field)!;
  if (control.type === "checkbox") return (control as HTMLInputElement).checked;
  const text = textOf(field);
  const words = (control.type === "text" && control.inputMode !== "decimal") || control.type === "textarea";
  return text === "" && !words ? null : text;
}

// Label and text as people read them.
export function wordsOf(field: HTMLElement): [string, string] {
  const control = controlOf(field)!;
  const text = control instanceof HTMLSelectElement ? (control.selectedOptions[0]?.text ?? "") : textOf(field);
  return [control.labels?.[0]?.textContent?.replace("*", "").trim() ?? "", text];
}

export function put(field: HTMLElement, text: string): void {
  const control = controlOf(field)!;
  if (control.type === "checkbox") (control as HTMLInputElement).checked = text === "true";
  else {
    const value = isInstant(field) ? localInstant(text) : text;
    if (control.value === value) return;
    control.value = value;
    control.dispatchEvent(new Event("put"));
  }
}

// The proposal and all that is said about it; null: none. A guess leaves the field empty and offers its choices. A box to
// tick takes none: it is only said, above all fields, that there is something to ask. Returns whether it was shown.
export function showProposal(field: HTMLElement, one: Proposal | null): boolean {
  const why = field.querySelector<HTMLElement>("[data-why]");
  if (why) {
    why.textContent = one?.why ?? "";
    why.hidden = !one?.why;
  }
  if (controlOf(field)!.type === "checkbox") {
    field.toggleAttribute("data-heard", Boolean(one?.why));
    return false;
  }
  const control = controlOf(field)!;
  const before = control.value;
  if (one?.sure || stateOf(field) === "proposed") put(field, one?.sure ? one.value : blankOf(nameOf(field)));
  // Whoever is just about to type there types in its place, not behind it.
  if (control === document.activeElement && control instanceof HTMLInputElement && control.value !== before)
    control.select();
  field.dataset.state = one ? (one.sure ? "proposed" : "guessed") : "plain";
  const sure = field.querySelector<HTMLElement>("[data-sure]")!;
  sure.textContent = one ? (one.sure ? `待确认 ${percent(one.confidence)}` : "没听准，请选或填写") : "";
  sure.hidden = !one;
  const play = field.querySelector<HTMLElement>("[data-hear]")!;
  play.dataset.hear = one?.source?.sound ?? "";
  play.title = one?.source?.words ?? "";
  play.hidden = !play.dataset.hear;
  const offered = field.querySelector<HTMLElement>("[data-others]")!;
  // Whoever is about to press one does not see it change under the finger.
  if (one && offered.contains(document.activeElement)) return true;
  offered.replaceChildren(
    ...(one?.choices ?? []).map((other) => {
      const button = document.createElement("button");
      button.type = "button";
      if (one?.sure) button.tabIndex = -1;
      button.dataset.other = other.value;
      button.textContent = `${other.name} ${percent(other.confidence)}`;
      return button;
    }),
  );
  return true;
}

const GRAVITY = ["", "soon", "now"];

// Danger that was heard, above the fields. What was seen comes back only when it becomes graver. Returns whether the desk
// is to be alarmed.
export function showDanger(form: HTMLElement, one: Proposal | null): boolean {
  const note = form.querySelector<HTMLElement>("[data-danger]");
  if (!note) return false;
  const rises = GRAVITY.indexOf(one?.value ?? "") > GRAVITY.indexOf(note.dataset.alarmed ?? "");
  if (one) note.querySelector<HTMLElement>("[data-danger-why]")!.textContent = one.why;
  if (rises) {
    note.dataset.alarmed = one!.value;
    note.hidden = false;
  } else if (!one) note.hidden = true;
  return rises;
}

// What is wrong with the field; empty: nothing.
export function showWrong(field: HTMLElement, said: string): void {
  const note = field.querySelector<HTMLElement>("[data-wrong-of]");
  if (!note) return;
  note.textContent = said;
  note.hidden = !said;
  const control = controlOf(field)!;
  if (said) control.setAttribute("aria-invalid", "true");
  else control.removeAttribute("aria-invalid");
}

export interface Route {
  lead_office: string;
  unit: string;
  co_offices: string[];
  // What may still be asked for; empty: it goes out by itself.
  unsure: string;
}

// Where the order would go as the form stands.
export function showRoute(line: HTMLElement, to: Route): void {
  const lead = document.createElement("strong");
  lead.textContent = to.lead_office;
  const helpers = document.createElement("small");
  helpers.textContent = to.co_offices.length ? ` 协办 ${to.co_offices.join("、")}` : "";
  const coordinator = line.dataset.coordinator ?? "";
  if (to.lead_office) line.replaceChildren("将派：", lead, to.unit ? ` · ${to.unit}` : "", helpers);
  else line.textContent = `还不能确定主办单位，登记后由${coordinator}派单。`;
  if (!to.unsure) return;
  const waits = document.createElement("small");
  waits.className = "waits";
  waits.textContent = (to.lead_office ? `登记后不会马上派出，要等${coordinator}：` : "") + to.unsure;
  line.append(waits);
}
