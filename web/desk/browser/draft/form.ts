// The order's draft that fills itself. What was heard stands amber in fields that nobody has touched; a person confirms
// it (Enter, Tab), writes over it, or empties it. Everything is saved as one goes on; what one typed is never replaced.
// Here: what a press or a key leads to. What is shown, saved and proposed: the modules of those names.
import htmx from "htmx.org";
import { announce, wantWords } from "../../../browser/live/live";
import { controlOf, fieldOf, put, stateOf, textOf } from "./fields";
import { ProposedDraft } from "./proposed";
import { Registering } from "./registering";
import { keyMeans, nextField } from "./rules";
import { SavedDraft } from "./saved";
import { hear } from "./server";
import { ShownDraft } from "./shown";

export function startDraftForms(): void {
  htmx.onLoad((element) => {
    const root = element as HTMLElement;
    root.querySelectorAll<HTMLFormElement>("form[data-draft]:not([data-ready])").forEach((form) => new Draft(form));
    if (root.matches("form[data-draft]:not([data-ready])")) new Draft(root as HTMLFormElement);
  });
  document.body.addEventListener("htmx:beforeSwap", keepDraft);
}

// A form in which somebody works is not replaced by a fresh copy of itself.
function keepDraft(event: Event): void {
  const detail = (event as CustomEvent<{ target: HTMLElement; serverResponse: string; shouldSwap: boolean }>).detail;
  const old = detail.target.querySelector<HTMLFormElement>("form[data-kept]");
  if (old && !old.dataset.over && detail.serverResponse.includes(`data-kept="${old.dataset.kept}"`)) {
    detail.shouldSwap = false;
  }
}

class Draft {
  private readonly shown: ShownDraft;
  private readonly saved: SavedDraft;
  private readonly registering: Registering;

  constructor(form: HTMLFormElement) {
    form.dataset.ready = "yes";
    this.shown = new ShownDraft(form);
    const proposed = new ProposedDraft(this.shown);
    this.saved = new SavedDraft(this.shown, () => void proposed.route());
    this.registering = new Registering(this.shown, this.saved);
    form.addEventListener("input", (event) => this.typed(event));
    form.addEventListener("change", (event) => this.changed(event));
    form.addEventListener("keydown", (event) => this.key(event));
    form.addEventListener("click", (event) => this.clicked(event));
    this.shown.changed();
    if (!this.shown.number) return;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.registering.register();
    });
    // Where they came before this form did, it has missed what was announced meanwhile.
    if (!wantWords(form.dataset.draftOf!)) announce("proposals");
    if (form.dataset.takesFocus !== undefined) controlOf(this.shown.fields()[0]!)?.focus();
    this.saved.start();
  }

  private typed(event: Event): void {
    const field = fieldOf(event);
    if (!field) return;
    this.saved.take(field, "mine");
    this.saved.saveSoon();
  }

  private changed(event: Event): void {
    const field = fieldOf(event);
    if (!field) return;
    // Leaving a field sends again what was typed before somebody else's change: that is no answer to it.
    if (stateOf(field) === "conflict" && field.dataset.clash === textOf(field)) return;
    this.take(field, "mine");
  }

  private key(event: KeyboardEvent): void {
    const at = fieldOf(event);
    const control = at && controlOf(at);
    const field = control && event.target === control ? at : null;
    const keyed = field && {
      state: stateOf(field),
      multiline: control instanceof HTMLTextAreaElement,
      checkbox: control!.type === "checkbox",
    };
    const means = keyMeans(event, keyed);
    if (means === "register") {
      if (!this.shown.number) return;
      event.preventDefault();
      void this.registering.register();
      return;
    }
    if (means === null || !field) return;
    // Tab goes on by itself.
    if (means !== "confirm") event.preventDefault();
    if (means === "empty") {
      control!.value = "";
      this.take(field, "mine");
    }
    if (means === "confirm" || means === "confirm and go on") this.take(field, "confirmed");
    if (means === "confirm and go on" || means === "go on") this.next(field);
  }

  private take(field: HTMLElement, state: "mine" | "confirmed"): void {
    this.saved.take(field, state);
    void this.saved.save();
  }

  private next(field: HTMLElement): void {
    const all = this.shown.fields().filter((one) => one === field || one.checkVisibility());
    const at = nextField(all.map(stateOf), all.indexOf(field));
    const control = at === null ? null : controlOf(all[at]!);
    if (control) control.focus();
    else this.shown.toRegister();
  }

  private clicked(event: Event): void {
    const answer = (event.target as HTMLElement).closest<HTMLElement>("[data-twin] button");
    if (answer) this.registering.answered(answer);
    const seen = (event.target as HTMLElement).closest<HTMLElement>("[data-danger-seen]");
    if (seen) seen.closest<HTMLElement>("[data-danger]")!.hidden = true;
    const button = (event.target as HTMLElement).closest<HTMLElement>("[data-hear], [data-other]");
    const field = fieldOf(event);
    if (!button || !field) return;
    if (button.dataset.other !== undefined) {
      const control = controlOf(field)!;
      put(field, button.dataset.other);
      this.take(field, "mine");
      control.focus();
    } else if (button.dataset.hear) hear(button, this.shown.form);
  }
}
