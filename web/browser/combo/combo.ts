// A select with many choices becomes a field to type into: a part of the name, its pinyin or the initials. The select
// stays, unseen, and is what the form sends; without this program it is what people use.
import Combobox from "@github/combobox-nav";
import { noteTyped } from "../unsent/unsent_text";
import { fitting } from "./matching";

const MOST_SHOWN = 60;
const MOST_RECENT = 5;
const FEW = 12;
const CHOICES = "select[data-combo]";

interface Choice {
  name: string;
  sounds: string;
  code: string;
  group: string;
}

let made = 0;

export function startCombos(): void {
  makeCombos(document);
  document.addEventListener("htmx:load", (event) => makeCombos(event.target as Element));
  document.addEventListener("submit", waitForChoice, { capture: true });
}

function makeCombos(within: ParentNode): void {
  for (const ticks of within.querySelectorAll<HTMLElement>(".many > .ticks")) addField(ticks);
  for (const select of within.querySelectorAll<HTMLSelectElement>(CHOICES)) makeCombo(select);
}

// Also where the server, not the browser, checks a form: what was typed and not chosen would be lost.
function waitForChoice(event: SubmitEvent): void {
  const fields = (event.target as HTMLFormElement).querySelectorAll<HTMLInputElement>(".combo > input");
  const first = [...fields].find((field) => field.validity.customError);
  if (!first) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  first.focus();
}

// Of many offices to tick, the wanted one is ticked by typing its name.
function addField(ticks: HTMLElement): void {
  const boxes = [...ticks.querySelectorAll<HTMLInputElement>("input[type=checkbox]")];
  if (ticks.querySelector(":scope > .combo") || boxes.length <= FEW) return;
  const select = document.createElement("select");
  select.dataset.combo = "office";
  select.setAttribute("aria-label", "加一个单位");
  select.append(new Option("", ""), ...boxes.map((box) => new Option(box.labels?.[0]?.textContent ?? "", box.value)));
  ticks.prepend(select);
  select.addEventListener("change", (event) => {
    event.stopPropagation();
    const box = boxes.find((one) => one.value === select.value);
    if (!box) return;
    box.checked = true;
    ticks.querySelector(".combo")!.after(box.labels![0]!);
    box.dispatchEvent(new Event("change", { bubbles: true }));
    select.value = "";
    select.dispatchEvent(new Event("change"));
  });
}

function makeCombo(select: HTMLSelectElement): void {
  const kind = select.dataset.combo!;
  delete select.dataset.combo;
  // A page has many such fields; what can be chosen is read where one is used.
  let read: Choice[] | undefined;
  const choices = (): Choice[] => {
    if (!read) addEvery(select);
    read ??= choicesOf(select);
    return read;
  };
  const { input, list, wrong } = fieldOf(select);
  const combobox = new Combobox(input, list, { tabInsertsSuggestions: false, firstOptionSelectionMode: "selected" });
  let before = select.value;

  const close = (): void => {
    if (list.hidden) return;
    list.hidden = true;
    combobox.stop();
  };
  const complain = (words: string): void => {
    input.setCustomValidity(words);
    wrong.textContent = words;
    wrong.hidden = !words;
    if (words) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  };
  const show = (): void => {
    before = select.value;
    input.value = select.value ? (select.selectedOptions[0]?.text ?? "") : "";
    complain("");
  };
  const open = (typed: string): void => {
    const found = inOrder(kind, choices(), typed);
    list.replaceChildren(...withHeads(found.slice(0, MOST_SHOWN)), ...restOf(found.length - MOST_SHOWN));
    close();
    list.hidden = found.length === 0;
    if (found.length) combobox.start();
    complain(found.length || !typed.trim() ? "" : `没有“${typed.trim()}”这一项，请改几个字，从列表里选。`);
  };
  const choose = (code: string): void => {
    select.value = code;
    show();
    close();
    if (code) remember(kind, code);
    noteTyped(select);
    select.dispatchEvent(new Event("change", { bubbles: true }));
  };
  // Only what was chosen is sent. What was typed stays, and its form waits until it means something.
  const settle = (): void => {
    const typed = input.value.trim();
    const named = typed ? choices().filter((choice) => choice.name === typed) : [];
    if (typed && named.length === 1 && named[0]!.code === before) {
      select.value = before;
      show();
    } else if (typed && named.length === 1) choose(named[0]!.code);
    else if (typed && !select.value && !input.validationMessage) {
      complain(`“${typed}”还没有选定，请从列表里选一项。`);
    } else if (!typed && before) choose("");
    close();
  };
  show();
  input.addEventListener("focus", () => input.select());
  input.addEventListener("click", () => list.hidden && open(""));
  input.addEventListener("input", () => {
    select.value = "";
    open(input.value);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && (!list.hidden || input.validationMessage)) {
      event.stopPropagation();
      select.value = before;
      show();
      close();
    } else if (event.key === "ArrowDown" && list.hidden) open("");
    else if (event.key === "Enter" && list.hidden) settle();
  });
  input.addEventListener("blur", settle);
  // The field keeps the keys while a choice is pressed with the mouse.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("combobox-commit", (event) => choose((event.target as HTMLElement).dataset.code!));
  select.addEventListener("change", show);
  // A text that was kept is put back.
  select.addEventListener("input", show);
  select.form?.addEventListener("reset", () => setTimeout(show));
}

function choicesOf(select: HTMLSelectElement): Choice[] {
  const sounds = soundsOfNames();
  return [...select.options]
    .filter((option) => option.value)
    .map((option): Choice => {
      const group = option.parentElement instanceof HTMLOptGroupElement ? option.parentElement.label : "";
      return { name: option.text, sounds: sounds.get(nameIn(option.text)) ?? "", code: option.value, group };
    });
}

// The field takes over what the select was to people: its label, its place in the order of keys, what is wrong with it.
function fieldOf(select: HTMLSelectElement): { input: HTMLInputElement; list: HTMLElement; wrong: HTMLElement } {
  const input = document.createElement("input");
  const list = document.createElement("ul");
  const wrong = document.createElement("small");
  const place = document.createElement("span");
  place.className = "combo";
  list.id = `choices-${++made}`;
  list.setAttribute("role", "listbox");
  list.hidden = true;
  wrong.id = `${list.id}-wrong`;
  wrong.className = "wrong";
  wrong.setAttribute("role", "status");
  wrong.hidden = true;
  input.autocomplete = "off";
  const none = [...select.options].find((option) => !option.value)?.text ?? "";
  input.placeholder = !none || none === "请选择" ? "名称、拼音或首字母" : none;
  input.title = "可以输入名称、其中几个字、拼音或首字母";
  for (const name of ["aria-label", "aria-invalid", "data-wrong", "data-first"]) {
    const value = select.getAttribute(name);
    if (value !== null) input.setAttribute(name, value);
    if (name.startsWith("data-")) select.removeAttribute(name);
  }
  input.setAttribute("aria-describedby", `${select.getAttribute("aria-describedby") ?? ""} ${wrong.id}`.trim());
  list.setAttribute("aria-label", "可选的各项");
  if (!select.id) input.setAttribute("aria-label", select.ariaLabel || labelOf(select));
  else {
    input.id = select.id;
    select.id = `${select.id}-chosen`;
  }
  input.required = select.required;
  select.required = false;
  select.hidden = true;
  // Before it: a label around both is the field's.
  select.before(place);
  place.append(input, select, list, wrong);
  return { input, list, wrong };
}

// The words of the label around it, without those of its choices.
function labelOf(select: HTMLSelectElement): string {
  const label = select.labels?.[0]?.cloneNode(true) as HTMLElement | undefined;
  label?.querySelectorAll("select, small").forEach((part) => part.remove());
  return label?.textContent?.trim() ?? "";
}

function restOf(count: number): HTMLElement[] {
  if (count <= 0) return [];
  const rest = document.createElement("li");
  rest.className = "group";
  rest.setAttribute("role", "presentation");
  rest.textContent = `还有${count}项，输入几个字可以找到`;
  return [rest];
}

// What would be too much to say in each row of a list stands once on the page.
function addEvery(select: HTMLSelectElement): void {
  const every = document.querySelector<HTMLTemplateElement>("template#every-office");
  if (!every || select.dataset.everyOffice === undefined) return;
  const known = new Set([...select.options].map((option) => option.value));
  for (const option of (every.content.cloneNode(true) as DocumentFragment).querySelectorAll("option")) {
    if (!known.has(option.value)) select.append(option);
  }
}

// A proposal stands as `1 市路灯管理所 90%（职责清单）`.
function nameIn(shown: string): string {
  return /^(?:\d )?(.*?)(?: \d+%.*)?$/.exec(shown)?.[1] ?? shown;
}

// While nothing is typed: what is proposed, then what was chosen lately, then all as they come.
function inOrder(kind: string, choices: Choice[], typed: string): Choice[] {
  if (typed) return fitting(typed, choices);
  const recent = recently(kind);
  const first = choices.filter((choice) => choice.group === "建议");
  const late = recent.flatMap((code) => choices.filter((choice) => choice.code === code && !first.includes(choice)));
  const rest = choices.filter((choice) => !first.includes(choice) && !late.includes(choice));
  return [...first, ...late.map((choice) => ({ ...choice, group: "最近用过" })), ...rest];
}

function withHeads(found: Choice[]): HTMLElement[] {
  const items: HTMLElement[] = [];
  let group = "";
  for (const choice of found) {
    if (choice.group !== group) {
      group = choice.group;
      const head = document.createElement("li");
      head.className = "group";
      head.setAttribute("role", "presentation");
      head.textContent = group;
      if (group) items.push(head);
    }
    const item = document.createElement("li");
    item.setAttribute("role", "option");
    item.id = `choice-${made}-${items.length}`;
    item.dataset.code = choice.code;
    item.textContent = choice.name;
    items.push(item);
  }
  return items;
}

function soundsOfNames(): Map<string, string> {
  const told = document.querySelector<HTMLTemplateElement>("template#sounds");
  const rows = told ? [...told.content.querySelectorAll<HTMLDataElement>("data")] : [];
  return new Map(rows.map((row) => [row.textContent ?? "", row.value]));
}

function recently(kind: string): string[] {
  try {
    return (localStorage.getItem(`recent:${kind}:${document.body.dataset.account}`) ?? "").split(" ").filter(Boolean);
  } catch {
    return [];
  }
}

function remember(kind: string, code: string): void {
  const codes = [code, ...recently(kind).filter((other) => other !== code)].slice(0, MOST_RECENT);
  try {
    localStorage.setItem(`recent:${kind}:${document.body.dataset.account}`, codes.join(" "));
  } catch {
    // Remembered for nobody.
  }
}
