// What of a draft's form is on the server and what is not yet: everything is saved as one goes on, and kept in this
// browser until it is. Where two people wrote in one field, a person decides whose text stays.
import { clockSeconds } from "../../../browser/instants";
import { dropKept, readKept, writeKept } from "../../../browser/unsent/unsent_text";
import { nameOf, put, sentOf, showProposal, stateOf, textOf, wordsOf } from "./fields";
import { clashWords, merge, type Order, plain, readingMeans, same, savingMeans } from "./rules";
import { ask } from "./server";
import type { ShownDraft } from "./shown";

const TYPING_PAUSE_MS = 2500;
const KEEPING_PAUSE_MS = 200;
// What could not be saved is tried again by itself.
const TRY_AGAIN_MS = 5000;
const NEWS = ["session:back", "connection:back"];

export class SavedDraft {
  // Of the order, as the server had it last.
  version: number;
  // What the order held when it was read last, by field.
  private readonly base = new Map<string, string>();
  // The fields that are not on the server yet.
  private readonly waiting = new Set<string>();
  // On their way to the server.
  private sent: string[] = [];
  private keeping: Promise<void> = Promise.resolve();
  private keepSoon: ReturnType<typeof setTimeout> | undefined;
  private saving: Promise<boolean> = Promise.resolve(true);
  private pause: ReturnType<typeof setTimeout> | undefined;

  // `whenSaved` is called after each saving that changed the order.
  constructor(
    private readonly shown: ShownDraft,
    private readonly whenSaved: () => void,
  ) {
    this.version = Number(shown.form.dataset.version);
    for (const field of shown.fields()) {
      this.base.set(nameOf(field), stateOf(field) === "proposed" ? "" : textOf(field));
    }
    shown.whenChanged(() => this.changed());
  }

  // From now on the server and the browser's store are watched too. Not for a practice form.
  start(): void {
    this.shown.listen(document.body, ["live:order"], () => this.changedElsewhere());
    this.shown.listen(document.body, NEWS, () => {
      if (this.waiting.size) void this.save();
    });
    void this.restore();
    // The page may be on its way out: what was typed last is written at once.
    this.shown.listen(document, ["visibilitychange"], () => {
      if (document.hidden) void this.write();
    });
  }

  // From now on the field is the person's: no proposal comes into it any more.
  take(field: HTMLElement, state: "mine" | "confirmed"): void {
    field.dataset.state = state;
    field.querySelector<HTMLElement>("[data-sure]")?.setAttribute("hidden", "");
    this.waiting.add(nameOf(field));
    this.shown.changed();
  }

  saveSoon(): void {
    clearTimeout(this.pause);
    this.pause = setTimeout(() => void this.save(), TYPING_PAUSE_MS);
  }

  // Returns whether all is on the server, and nothing clashes.
  save(): Promise<boolean> {
    clearTimeout(this.pause);
    this.saving = this.saving.then(() => this.send());
    return this.saving;
  }

  // Somebody else changed the order meanwhile: where our fields were left alone ours are saved on top, else a person
  // decides. `names`: those that were refused for it.
  async conflict(names: string[]): Promise<boolean> {
    names.forEach((name) => this.waiting.add(name));
    const answer = await ask(this.address, "GET");
    const stops = readingMeans(answer);
    if (stops !== null) return this.failed([], stops);
    const order = answer!.body as Order;
    const clashes = this.sync(order);
    const saved = await this.send();
    if (clashes) this.shown.noteSaving("有一项别人刚改过，请看标红的地方。", true);
    return saved && !clashes;
  }

  private get address(): string {
    return `/api/orders/${this.shown.number}`;
  }

  private get keptAt(): string {
    return `/desk/drafts/${this.shown.number}`;
  }

  private changed(): void {
    if (!this.shown.number) return;
    this.keep();
    const unsaved = this.waiting.size > 0 || this.shown.form.querySelector("[aria-invalid]") !== null;
    this.shown.form.toggleAttribute("data-unsaved", unsaved);
  }

  private async send(): Promise<boolean> {
    if (!this.waiting.size || !this.shown.number) return true;
    const names = [...this.waiting];
    const values = Object.fromEntries(names.map((name) => [name, sentOf(this.shown.field(name)!)]));
    this.shown.noteSaving("正在保存……");
    names.forEach((name) => this.waiting.delete(name));
    this.sent = names;
    const answer = await ask(this.address, "PATCH", { version: this.version, ...values });
    this.sent = [];
    const saved = savingMeans(answer, names);
    if (saved.is === "later") {
      clearTimeout(this.pause);
      this.pause = setTimeout(() => this.shown.form.isConnected && void this.save(), TRY_AGAIN_MS);
      return this.failed(names, saved.message);
    }
    if (saved.is === "not saved") return this.failed(names, saved.message);
    if (saved.is === "changed meanwhile") return this.conflict(names);
    if (saved.is === "saved") {
      this.version = saved.version;
      this.shown.changed();
      names.forEach((name) => this.base.set(name, plain(values[name])));
      names.forEach((name) => this.shown.wrong(name, ""));
      this.shown.noteSaving(`已保存 ${clockSeconds(Date.now())}`);
      this.whenSaved();
      return true;
    }
    const { fields, right } = saved;
    names.forEach((name) => fields[name] && this.shown.wrong(name, fields[name]));
    // One wrong field must not keep the right ones from being saved.
    if (right.length) {
      right.forEach((name) => this.waiting.add(name));
      await this.send();
    }
    this.shown.noteSaving("没有保存，请检查标红的内容。", true);
    return false;
  }

  private failed(names: string[], message: string): boolean {
    names.forEach((name) => this.waiting.add(name));
    this.shown.changed();
    this.shown.noteSaving(message, true);
    return false;
  }

  private changedElsewhere(): void {
    this.saving = this.saving.then(async (fine) => {
      const answer = await ask(this.address, "GET");
      const order = answer?.ok ? (answer.body as Order) : null;
      if (order?.state === "draft" && order.version !== this.version) this.sync(order);
      // Joined, thrown out or registered elsewhere; what is not saved stays to be read.
      else if (order && order.state !== "draft" && !this.waiting.size) await this.shown.over();
      return fine;
    });
  }

  // What others wrote comes into fields that nobody works in here; where we have typed, the clash is shown. Returns how
  // many clash.
  private sync(order: Order): number {
    let clashes = 0;
    this.version = order.version;
    for (const field of this.shown.fields()) {
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
        showProposal(field, null);
        put(field, theirs);
        this.shown.wrong(name, "");
      }
    }
    this.shown.changed();
    return clashes;
  }

  private clash(field: HTMLElement, theirs: string): void {
    field.dataset.state = "conflict";
    field.dataset.clash = textOf(field);
    this.shown.wrong(nameOf(field), clashWords(theirs));
  }

  // What is not on the server yet is kept in this browser: it outlives the page, whatever becomes of that.
  private keep(): void {
    clearTimeout(this.keepSoon);
    this.keepSoon = setTimeout(() => {
      this.keeping = this.keeping.then(() => this.write()).catch(() => {});
    }, KEEPING_PAUSE_MS);
  }

  private async write(): Promise<void> {
    const refused = this.shown.wrongFields().map(nameOf);
    const names = [...new Set([...this.waiting, ...this.sent, ...refused])];
    if (!names.length) return dropKept(this.keptAt);
    const fields = names.map((name) => this.shown.field(name)!);
    // Of a field that a colleague wrote in too, a person has still to say whose text stays.
    const read = (field: HTMLElement): string[] =>
      stateOf(field) === "conflict" ? [] : [this.base.get(nameOf(field)) ?? ""];
    await writeKept(this.keptAt, {
      at: Date.now(),
      values: Object.fromEntries(fields.map((field) => [nameOf(field), [textOf(field), ...read(field)]])),
      page: `/orders/${this.shown.number}`,
      title: "登记内容",
      words: fields.map(wordsOf),
      unless: "#status .state-draft",
    });
  }

  private async restore(): Promise<void> {
    const kept = await readKept(this.keptAt);
    for (const [name, [mine, read]] of Object.entries(kept?.values ?? {})) {
      const field = this.shown.field(name);
      if (!field || mine === undefined || this.waiting.has(name) || mine === textOf(field)) continue;
      const theirs = this.base.get(name) ?? "";
      put(field, mine);
      if (read !== undefined && same(theirs, read)) this.take(field, "mine");
      else this.clash(field, theirs);
    }
    if (this.waiting.size) await this.save();
  }
}
