// What a draft's form shows: its fields, what is said at them and below them. Nothing here asks the server, but for the
// card that takes the form's place in the end.
import htmx from "htmx.org";
import { focusCard } from "./after_registering";
import { controlOf, showWrong, stateOf, wordsOf } from "./fields";
import { refusedFor } from "./rules";

export class ShownDraft {
  // For what stands in red.
  private refused = false;
  private listener: () => void = () => {};

  constructor(readonly form: HTMLFormElement) {
    new ResizeObserver(() => this.showFocus()).observe(form.querySelector(".draft-fields")!);
  }

  // Of the order; none: a practice form, which is no order. It is sent as it stands, once, and not saved before.
  get number(): string | undefined {
    return this.form.dataset.draft || undefined;
  }

  fields(): HTMLElement[] {
    return [...this.form.querySelectorAll<HTMLElement>("[data-field]")];
  }

  field(name: string): HTMLElement | null {
    return this.form.querySelector<HTMLElement>(`[data-field="${CSS.escape(name)}"]`);
  }

  // Those in red.
  wrongFields(): HTMLElement[] {
    return this.fields().filter((field) => controlOf(field)?.hasAttribute("aria-invalid"));
  }

  proposedFields(): HTMLElement[] {
    return this.fields().filter((field) => stateOf(field) === "proposed");
  }

  // Called each time that what stands in the form, or in red at it, has changed.
  whenChanged(listener: () => void): void {
    this.listener = listener;
  }

  changed(): void {
    this.listener();
    const open = this.proposedFields().length;
    const button = this.form.querySelector<HTMLElement>("[data-register]");
    if (button?.firstChild) button.firstChild.textContent = open ? `登记（确认其余${open}项） ` : "登记 ";
  }

  // What is wrong with a field; empty: nothing.
  wrong(name: string, said: string): void {
    const field = this.field(name);
    if (!field?.querySelector("[data-wrong-of]")) return;
    showWrong(field, said);
    // What was missing may be heard, or written by a colleague, a moment after one has registered.
    if (this.refused) this.refuse(refusedFor(this.wrongLabels()));
    this.changed();
  }

  wrongLabels(): string[] {
    return this.wrongFields().map((field) => wordsOf(field)[0]);
  }

  toWrong(): void {
    const wrong = this.form
      .querySelector<HTMLElement>("[data-wrong-of]:not([hidden])")
      ?.closest<HTMLElement>("[data-field]");
    wrong?.closest("details")?.setAttribute("open", "");
    if (wrong) controlOf(wrong)?.focus();
  }

  // Why it was not registered; empty: nothing is to be said.
  tell(words: string): void {
    const trouble = this.form.querySelector<HTMLElement>("[data-draft-wrong]")!;
    trouble.textContent = words;
    trouble.hidden = !words;
    this.refused = false;
  }

  // The same, for fields that stand in red; the words follow while a person corrects these.
  refuse(words: string): void {
    this.tell(words);
    this.refused = true;
  }

  noteSaving(words: string, trouble = false): void {
    const note = this.form.querySelector<HTMLElement>("[data-saved]")!;
    note.textContent = words;
    note.toggleAttribute("data-trouble", trouble);
  }

  // The question whether it is the matter of another order; empty: none.
  twin(words: string): void {
    const question = this.form.querySelector<HTMLElement>("[data-twin]")!;
    question.querySelector("[data-twin-words]")!.textContent = words;
    question.hidden = !words;
    if (words) question.focus();
  }

  toRegister(): void {
    this.form.querySelector<HTMLElement>("[data-register]")?.focus();
  }

  // The order is no draft any more: what became of it takes the form's place.
  async over(): Promise<void> {
    if (this.form.dataset.over || !this.form.isConnected) return;
    this.form.dataset.over = "yes";
    const slot = this.form.parentElement!;
    // Registered elsewhere while one works in another panel: only who was in the form goes on from the card.
    const works = this.form.contains(document.activeElement) || document.activeElement === document.body;
    const shown = await htmx.ajax("get", this.form.dataset.form!, { target: slot, swap: "innerHTML" }).then(
      () => true,
      () => false,
    );
    // Not reached: the next news of the order asks again.
    if (!shown) delete this.form.dataset.over;
    else if (works) focusCard(slot);
  }

  // Heard on the page as long as the form is part of it.
  listen(target: EventTarget, names: readonly string[], heard: () => void): void {
    const listener = (): void => {
      if (this.form.isConnected) heard();
      else for (const name of names) target.removeEventListener(name, listener);
    };
    for (const name of names) target.addEventListener(name, listener);
  }

  // An offer above the fields, or a complaint below them, takes their room: the field that has the keys stays in sight.
  private showFocus(): void {
    const active = document.activeElement;
    if (active?.closest(".draft-fields") && this.form.contains(active)) active.scrollIntoView({ block: "nearest" });
  }
}
