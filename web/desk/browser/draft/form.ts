// The order's draft that fills itself. What was heard stands amber in fields that nobody has touched; a person confirms
// it (Enter, Tab), writes over it, or empties it. Everything is saved as one goes on; what one typed is never replaced.
import htmx from "htmx.org";
import { clockSeconds } from "../../../browser/instants";
import { Latest } from "../../../browser/live/latest";
import { announce, wantWords } from "../../../browser/live/live";
import { askSignIn, isSignedOut } from "../../../browser/session";
import { dropKept, readKept, writeKept } from "../../../browser/unsent/unsent_text";
import { focusCard } from "./after_registering";
import {
  controlOf,
  fieldOf,
  nameOf,
  type Proposal,
  put,
  type Route,
  sentOf,
  showProposal,
  showRoute,
  showWrong,
  stateOf,
  textOf,
  wordsOf,
} from "./fields";
import { joinOffered } from "./joining";
import {
  clashWords,
  fillMeans,
  isBlank,
  keyMeans,
  merge,
  nextField,
  type Order,
  plain,
  readingMeans,
  refusedFor,
  registeringMeans,
  same,
  savingMeans,
} from "./rules";
import { ask, hear } from "./server";

const TYPING_PAUSE_MS = 2500;
const KEEPING_PAUSE_MS = 200;
// What could not be saved is tried again by itself.
const TRY_AGAIN_MS = 5000;
const NEWS = ["session:back", "connection:back"];

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
  private version: number;
  private readonly base = new Map<string, string>();
  private readonly waiting = new Set<string>();
  // On their way to the server.
  private sent: string[] = [];
  private keeping: Promise<void> = Promise.resolve();
  private keepSoon: ReturnType<typeof setTimeout> | undefined;
  private saving: Promise<boolean> = Promise.resolve(true);
  private pause: ReturnType<typeof setTimeout> | undefined;
  private registering = false;
  // For what stands in red.
  private refused = false;
  // Answers may overtake one another: what was asked earlier is older news.
  private reading = new Latest();
  private routing = new Latest();

  constructor(private readonly form: HTMLFormElement) {
    form.dataset.ready = "yes";
    this.version = Number(form.dataset.version);
    for (const field of this.fields()) this.base.set(nameOf(field), stateOf(field) === "proposed" ? "" : textOf(field));
    form.addEventListener("input", (event) => this.typed(event));
    form.addEventListener("change", (event) => this.changed(event));
    form.addEventListener("keydown", (event) => this.key(event));
    form.addEventListener("click", (event) => this.clicked(event));
    const news = `live:${form.dataset.news ?? "proposals"}`;
    const hear = (): void => {
      if (!form.isConnected) document.body.removeEventListener(news, hear);
      else void this.refresh();
    };
    document.body.addEventListener(news, hear);
    new ResizeObserver(() => this.showFocus()).observe(form.querySelector(".draft-fields")!);
    this.count();
    // A practice form is no order: it is sent as it stands, once, and not saved before.
    if (!form.dataset.draft) return;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.register();
    });
    const refresh = (): void => {
      if (!form.isConnected) document.body.removeEventListener("live:order", refresh);
      else this.changedElsewhere();
    };
    document.body.addEventListener("live:order", refresh);
    const again = (): void => {
      if (!form.isConnected) NEWS.forEach((name) => document.body.removeEventListener(name, again));
      else if (this.waiting.size) void this.save();
    };
    NEWS.forEach((name) => document.body.addEventListener(name, again));
    // Where they came before this form did, it has missed what was announced meanwhile.
    if (!wantWords(form.dataset.draftOf!)) announce("proposals");
    if (form.dataset.takesFocus !== undefined) controlOf(this.fields()[0]!)?.focus();
    void this.restore();
    // The page may be on its way out: what was typed last is written at once.
    const leave = (): void => {
      if (!form.isConnected) document.removeEventListener("visibilitychange", leave);
      else if (document.hidden) void this.write();
    };
    document.addEventListener("visibilitychange", leave);
  }

  // What is not on the server yet is kept in this browser: it outlives the page, whatever becomes of that.
  private keep(): void {
    if (!this.form.dataset.draft) return;
    clearTimeout(this.keepSoon);
    this.keepSoon = setTimeout(() => {
      this.keeping = this.keeping.then(() => this.write()).catch(() => {});
    }, KEEPING_PAUSE_MS);
  }

  private get path(): string {
    return `/desk/drafts/${this.form.dataset.draft}`;
  }

  private async write(): Promise<void> {
    const refused = this.fields()
      .filter((field) => controlOf(field)?.hasAttribute("aria-invalid"))
      .map(nameOf);
    const names = [...new Set([...this.waiting, ...this.sent, ...refused])];
    if (!names.length) return dropKept(this.path);
    // Of a field that a colleague wrote in too, a person has still to say whose text stays.
    const read = (field: HTMLElement): string[] =>
      stateOf(field) === "conflict" ? [] : [this.base.get(nameOf(field)) ?? ""];
    const values = Object.fromEntries(
      names.map((name) => [name, [textOf(this.field(name)!), ...read(this.field(name)!)]]),
    );
    const words = names.map((name) => wordsOf(this.field(name)!));
    const number = this.form.dataset.draft!;
    await writeKept(this.path, {
      at: Date.now(),
      values,
      page: `/orders/${number}`,
      title: "登记内容",
      words,
      unless: "#status .state-draft",
    });
  }

  private async restore(): Promise<void> {
    const kept = await readKept(this.path);
    for (const [name, [mine, read]] of Object.entries(kept?.values ?? {})) {
      const field = this.field(name);
      if (!field || mine === undefined || this.waiting.has(name) || mine === textOf(field)) continue;
      const theirs = this.base.get(name) ?? "";
      put(field, mine);
      if (read !== undefined && same(theirs, read)) this.take(field, "mine");
      else this.clash(field, theirs);
    }
    if (this.waiting.size) await this.save();
  }

  private clash(field: HTMLElement, theirs: string): void {
    field.dataset.state = "conflict";
    field.dataset.clash = textOf(field);
    this.wrong(nameOf(field), clashWords(theirs));
  }

  private fields(): HTMLElement[] {
    return [...this.form.querySelectorAll<HTMLElement>("[data-field]")];
  }

  private field(name: string): HTMLElement | null {
    return this.form.querySelector<HTMLElement>(`[data-field="${CSS.escape(name)}"]`);
  }

  private typed(event: Event): void {
    const field = fieldOf(event);
    if (!field) return;
    this.take(field, "mine");
    clearTimeout(this.pause);
    this.pause = setTimeout(() => void this.save(), TYPING_PAUSE_MS);
  }

  private changed(event: Event): void {
    const field = fieldOf(event);
    if (!field) return;
    // Leaving a field sends again what was typed before somebody else's change: that is no answer to it.
    if (stateOf(field) === "conflict" && field.dataset.clash === textOf(field)) return;
    this.take(field, "mine");
    void this.save();
  }

  // From now on the field is the person's: no proposal comes into it any more.
  private take(field: HTMLElement, state: "mine" | "confirmed"): void {
    field.dataset.state = state;
    field.querySelector<HTMLElement>("[data-sure]")?.setAttribute("hidden", "");
    this.waiting.add(nameOf(field));
    this.count();
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
      if (!this.form.dataset.draft) return;
      event.preventDefault();
      void this.register();
      return;
    }
    if (means === null || !field) return;
    // Tab goes on by itself.
    if (means !== "confirm") event.preventDefault();
    if (means === "empty") {
      control!.value = "";
      this.take(field, "mine");
      void this.save();
    }
    if (means === "confirm" || means === "confirm and go on") this.confirm(field);
    if (means === "confirm and go on" || means === "go on") this.next(field);
  }

  private confirm(field: HTMLElement): void {
    this.take(field, "confirmed");
    void this.save();
  }

  private next(field: HTMLElement): void {
    const all = this.fields();
    const at = nextField(all.map(stateOf), all.indexOf(field));
    const target =
      (at !== null ? controlOf(all[at]!) : null) ?? this.form.querySelector<HTMLElement>("[data-register]");
    target?.focus();
  }

  private clicked(event: Event): void {
    const answer = (event.target as HTMLElement).closest<HTMLElement>("[data-twin] button");
    if (answer) this.answered(answer);
    const button = (event.target as HTMLElement).closest<HTMLElement>("[data-hear], [data-other]");
    const field = fieldOf(event);
    if (!button || !field) return;
    if (button.dataset.other !== undefined) {
      const control = controlOf(field)!;
      put(field, button.dataset.other);
      this.take(field, "mine");
      void this.save();
      control.focus();
    } else if (button.dataset.hear) hear(button, this.form);
  }

  private save(): Promise<boolean> {
    clearTimeout(this.pause);
    this.saving = this.saving.then(() => this.send());
    return this.saving;
  }

  private async send(): Promise<boolean> {
    if (!this.waiting.size || !this.form.dataset.draft) return true;
    const names = [...this.waiting];
    const values = Object.fromEntries(names.map((name) => [name, sentOf(this.field(name)!)]));
    this.showSaved("正在保存……");
    names.forEach((name) => this.waiting.delete(name));
    this.sent = names;
    const path = `/api/orders/${this.form.dataset.draft}`;
    const answer = await ask(path, "PATCH", { version: this.version, ...values });
    this.sent = [];
    const saved = savingMeans(answer, names);
    if (saved.is === "later") {
      clearTimeout(this.pause);
      this.pause = setTimeout(() => this.form.isConnected && void this.save(), TRY_AGAIN_MS);
      return this.failed(names, saved.message);
    }
    if (saved.is === "not saved") return this.failed(names, saved.message);
    if (saved.is === "changed meanwhile") return this.conflict(names);
    if (saved.is === "saved") {
      this.version = saved.version;
      this.count();
      names.forEach((name) => this.base.set(name, plain(values[name])));
      names.forEach((name) => this.wrong(name, ""));
      this.showSaved(`已保存 ${clockSeconds(Date.now())}`);
      void this.routed();
      return true;
    }
    const { fields, right } = saved;
    names.forEach((name) => fields[name] && this.wrong(name, fields[name]));
    // One wrong field must not keep the right ones from being saved.
    if (right.length) {
      right.forEach((name) => this.waiting.add(name));
      await this.send();
    }
    this.showSaved("没有保存，请检查标红的内容。", true);
    return false;
  }

  // Somebody else changed the order meanwhile: where our fields were left alone ours are saved on top, else a person
  // decides.
  private async conflict(names: string[]): Promise<boolean> {
    names.forEach((name) => this.waiting.add(name));
    const answer = await ask(`/api/orders/${this.form.dataset.draft}`, "GET");
    const stops = readingMeans(answer);
    if (stops !== null) return this.failed([], stops);
    const order = answer!.body as Order;
    const clashes = this.sync(order);
    const saved = await this.send();
    if (clashes) this.showSaved("有一项别人刚改过，请看标红的地方。", true);
    return saved && !clashes;
  }

  // What others wrote comes into fields that nobody works in here; where we have typed, the clash is shown. Returns how
  // many clash.
  private sync(order: Order): number {
    let clashes = 0;
    this.version = order.version;
    for (const field of this.fields()) {
      const name = nameOf(field);
      const theirs = plain(order[name]);
      const merged = merge(theirs, this.base.get(name) ?? "", textOf(field), this.waiting.has(name));
      if (merged === "unchanged") continue;
      this.base.set(name, theirs);
      if (merged === "clash") {
        this.waiting.delete(name);
        clashes += 1;
        this.clash(field, theirs);
      } else if (merged === "theirs") {
        this.show(field, null);
        put(field, theirs);
        this.wrong(name, "");
      }
    }
    this.count();
    return clashes;
  }

  private changedElsewhere(): void {
    this.saving = this.saving.then(async (fine) => {
      const answer = await ask(`/api/orders/${this.form.dataset.draft}`, "GET");
      const order = answer?.ok ? (answer.body as Order) : null;
      if (order?.state === "draft" && order.version !== this.version) this.sync(order);
      // Joined, thrown out or registered elsewhere; what is not saved stays to be read.
      else if (order && order.state !== "draft" && !this.waiting.size) await this.over();
      return fine;
    });
  }

  private failed(names: string[], message: string): boolean {
    names.forEach((name) => this.waiting.add(name));
    this.count();
    this.showSaved(message, true);
    return false;
  }

  // What stands in the fields when one registers is what one has seen: it is confirmed with it. `separate`: a person has
  // looked at the likely twin, and this is another matter.
  private async register(separate = false): Promise<void> {
    // Pressed twice, it is done once.
    if (this.registering) return;
    this.registering = true;
    try {
      while (await this.tryToRegister(separate));
    } finally {
      this.registering = false;
    }
  }

  // Returns whether to try once more.
  private async tryToRegister(separate: boolean): Promise<boolean> {
    this.tell("");
    this.twin("");
    this.fields()
      .filter((field) => stateOf(field) === "proposed")
      .forEach((field) => this.take(field, "confirmed"));
    if (!(await this.save())) {
      if (isSignedOut() && (await askSignIn())) return true;
      this.toWrong();
      return false;
    }
    const button = this.form.querySelector<HTMLButtonElement>("[data-register]");
    if (!button) return false;
    button.disabled = true;
    const asked = new Map(this.fields().map((field) => [nameOf(field), textOf(field)]));
    const answer = await ask(
      `/api/orders/${this.form.dataset.draft}/steps/register`,
      "POST",
      { version: this.version, ...(separate && { separate }) },
      true,
    );
    button.disabled = false;
    if (answer?.ok) {
      await this.over();
      return false;
    }
    if (answer?.body.fields?.separate) {
      this.twin(answer.body.fields.separate);
      return false;
    }
    const wrong = Object.entries(answer?.body.fields ?? {}).filter(([name]) => asked.has(name));
    for (const [name, said] of wrong) {
      // Hearing goes on: what was missing may be there by now.
      if (textOf(this.field(name)!) === asked.get(name)) this.wrong(name, said);
    }
    this.tell(wrong.length ? refusedFor(this.marked()) : registeringMeans(answer));
    this.refused = wrong.length > 0;
    if (answer?.status === 409) await this.conflict([]);
    this.toWrong();
    return false;
  }

  // Why it was not registered; empty: nothing is to be said.
  private tell(words: string): void {
    const trouble = this.form.querySelector<HTMLElement>("[data-draft-wrong]")!;
    trouble.textContent = words;
    trouble.hidden = !words;
    this.refused = false;
  }

  // The labels of the fields in red.
  private marked(): string[] {
    return this.fields()
      .filter((field) => controlOf(field)?.hasAttribute("aria-invalid"))
      .map((field) => wordsOf(field)[0]);
  }

  // The order is no draft any more: what became of it takes the form's place.
  private async over(): Promise<void> {
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

  // The question whether it is the matter of another order; empty: none.
  private twin(words: string): void {
    const question = this.form.querySelector<HTMLElement>("[data-twin]")!;
    question.querySelector("[data-twin-words]")!.textContent = words;
    question.hidden = !words;
    if (words) question.focus();
  }

  private answered(button: HTMLElement): void {
    this.twin("");
    if (button.matches("[data-separate]")) void this.register(true);
    else if (button.matches("[data-join-it]")) joinOffered();
    else this.form.querySelector<HTMLElement>("[data-register]")?.focus();
  }

  private toWrong(): void {
    const wrong = this.form
      .querySelector<HTMLElement>("[data-wrong-of]:not([hidden])")
      ?.closest<HTMLElement>("[data-field]");
    if (wrong) controlOf(wrong)?.focus();
  }

  private async refresh(): Promise<void> {
    const path =
      this.form.dataset.proposals ?? `/api/calls/${encodeURIComponent(this.form.dataset.draftOf!)}/proposals`;
    const turn = this.reading.ask();
    const answer = await ask(path, "GET");
    if (!answer?.ok || !this.reading.isNews(turn)) return;
    const read = answer.body as unknown as { proposals: Proposal[] };
    const open = new Map(read.proposals.filter((one) => one.open).map((one) => [one.field, one]));
    for (const field of this.fields()) {
      const found = open.get(nameOf(field)) ?? null;
      const means = fillMeans(stateOf(field), isBlank(nameOf(field), textOf(field)), found !== null);
      if (means === "show") this.show(field, found);
      else if (means === "clear") this.show(field, null);
    }
    this.count();
    void this.routed();
  }

  private show(field: HTMLElement, one: Proposal | null): void {
    // Filled meanwhile by hearing: the complaint about its emptiness is over.
    if (showProposal(field, one) && one?.sure) this.wrong(nameOf(field), "");
  }

  private async routed(): Promise<void> {
    const said = new URLSearchParams();
    for (const name of ["subject", "place_town", "place"]) {
      const field = this.field(name);
      if (field) said.set(name, controlOf(field)!.value);
    }
    const turn = this.routing.ask();
    const answer = await ask(`/api/route?${said}`, "GET");
    const line = this.form.querySelector<HTMLElement>("[data-route]");
    if (answer?.ok && line && this.routing.isNews(turn)) showRoute(line, answer.body as unknown as Route);
  }

  // An offer above the fields, or a complaint below them, takes their room: the field that has the keys stays in sight.
  private showFocus(): void {
    const active = document.activeElement;
    if (active?.closest(".draft-fields") && this.form.contains(active)) active.scrollIntoView({ block: "nearest" });
  }

  private wrong(name: string, said: string): void {
    const field = this.field(name);
    if (!field?.querySelector("[data-wrong-of]")) return;
    showWrong(field, said);
    // What was missing may be heard, or written by a colleague, a moment after one has registered.
    if (this.refused) {
      this.tell(refusedFor(this.marked()));
      this.refused = true;
    }
    this.count();
  }

  private showSaved(words: string, trouble = false): void {
    const note = this.form.querySelector<HTMLElement>("[data-saved]")!;
    note.textContent = words;
    note.toggleAttribute("data-trouble", trouble);
  }

  private count(): void {
    this.keep();
    const unsaved = this.waiting.size > 0 || this.form.querySelector("[aria-invalid]") !== null;
    this.form.toggleAttribute("data-unsaved", unsaved && Boolean(this.form.dataset.draft));
    const open = this.fields().filter((field) => stateOf(field) === "proposed").length;
    const button = this.form.querySelector<HTMLElement>("[data-register]");
    if (button?.firstChild) button.firstChild.textContent = open ? `登记（确认其余${open}项） ` : "登记 ";
  }
}
