// The order's draft that fills itself. What was heard stands amber in fields that nobody has touched; a person confirms
// it (Enter, Tab), writes over it, or empties it. Everything is saved as one goes on; what one typed is never replaced.
import htmx from "htmx.org";

import { dropKept, readKept, writeKept } from "../../browser/drafts";
import { announce, wantWords } from "../../browser/live";
import { askSignIn, isSignedOut, signedFetch } from "../../browser/session";

const TYPING_PAUSE_MS = 2500;
const KEEPING_PAUSE_MS = 200;
// What could not be saved is tried again by itself.
const TRY_AGAIN_MS = 5000;
const NEWS = ["session:back", "connection:back"];

interface Source {
  words: string;
  sound: string | null;
}

interface Proposal {
  field: string;
  value: string;
  confidence: number;
  alternatives: { value: string; name: string; confidence: number }[];
  source: Source | null;
  why: string;
  open: boolean;
}

interface Order {
  [field: string]: unknown;
  version: number;
  state: string;
}

interface Answer {
  status: number;
  ok: boolean;
  body: Record<string, unknown> & { detail?: string; fields?: Record<string, string> };
}

// Not what was typed is to blame: too slow, too early, too many at once.
const LATER = [408, 425, 429];

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;
type Values = Record<string, string | boolean | null>;

let playing: HTMLAudioElement | undefined;

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
    this.count();
    // A practice form is no order: it is sent as it stands, once, and not saved before.
    if (!form.dataset.draft) return;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.register();
    });
    const look = (): void => {
      if (!form.isConnected) document.body.removeEventListener("live:order", look);
      else this.changedElsewhere();
    };
    document.body.addEventListener("live:order", look);
    const again = (): void => {
      if (!form.isConnected) NEWS.forEach((name) => document.body.removeEventListener(name, again));
      else if (this.waiting.size) void this.save();
    };
    NEWS.forEach((name) => document.body.addEventListener(name, again));
    // Where they came before this form did, it has missed what was announced meanwhile.
    if (!wantWords(form.dataset.draftOf!)) announce("proposals");
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
    const words = names.map((name): [string, string] => {
      const control = controlOf(this.field(name)!)!;
      const text =
        control instanceof HTMLSelectElement ? (control.selectedOptions[0]?.text ?? "") : textOf(this.field(name)!);
      return [control.labels?.[0]?.textContent?.replace("*", "").trim() ?? "", text];
    });
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
    this.wrong(nameOf(field), `别人刚把这一项改成“${theirs || "空"}”。再改一次或按 Enter，就以您的为准。`);
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
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      if (!this.form.dataset.draft) return;
      event.preventDefault();
      void this.register();
      return;
    }
    const field = fieldOf(event);
    const control = field && controlOf(field);
    if (!field || !control || event.target !== control) return;
    const proposed = ["proposed", "conflict"].includes(stateOf(field));
    if (event.key === "Enter" && !(control instanceof HTMLTextAreaElement && !proposed)) {
      event.preventDefault();
      if (proposed) this.confirm(field);
      this.next(field);
    } else if (event.key === "Tab" && !event.shiftKey && proposed) {
      this.confirm(field);
    } else if (event.key === "Delete" && proposed) {
      event.preventDefault();
      if (control.type === "checkbox") return;
      control.value = "";
      this.take(field, "mine");
      void this.save();
    }
  }

  private confirm(field: HTMLElement): void {
    this.take(field, "confirmed");
    void this.save();
  }

  // The next one that waits for a word, else simply the next.
  private next(field: HTMLElement): void {
    const all = this.fields();
    const after = all.slice(all.indexOf(field) + 1);
    const open = after.find((one) => stateOf(one) === "proposed") ?? all.find((one) => stateOf(one) === "proposed");
    const target = open
      ? controlOf(open)
      : ((after[0] && controlOf(after[0])) ?? this.form.querySelector<HTMLElement>("[data-register]"));
    target?.focus();
  }

  private clicked(event: Event): void {
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
    const values = this.values(names);
    this.tell("正在保存……");
    names.forEach((name) => this.waiting.delete(name));
    this.sent = names;
    const path = `/api/orders/${this.form.dataset.draft}`;
    const answer = await ask(path, "PATCH", { version: this.version, ...values });
    this.sent = [];
    if (answer === null || answer.status >= 500 || LATER.includes(answer.status)) {
      clearTimeout(this.pause);
      this.pause = setTimeout(() => this.form.isConnected && void this.save(), TRY_AGAIN_MS);
      return this.failed(names, `没有保存：${answer?.body.detail ?? "连不上服务器。"}内容还在，恢复后自动保存。`);
    }
    if (answer.status === 401) return this.failed(names, "没有保存：登录已结束。内容还在，登录后自动保存。");
    const { body } = answer;
    if (answer.ok) {
      this.version = Number(body.version);
      this.count();
      names.forEach((name) => this.base.set(name, plain(values[name])));
      names.forEach((name) => this.wrong(name, ""));
      this.tell(`已保存 ${clock()}`);
      void this.routed();
      return true;
    }
    if (answer.status === 409) return this.conflict(names);
    const fields = body.fields ?? {};
    const right = names.filter((name) => !fields[name]);
    // Nothing of ours is wrong, and it was not saved: that stays to be done, and is shown in the server's words.
    if (right.length === names.length)
      return this.failed(names, `没有保存：${body.detail ?? "服务器没有接受。"}内容还在。`);
    names.forEach((name) => fields[name] && this.wrong(name, fields[name]));
    // One wrong field must not keep the right ones from being saved.
    if (right.length) {
      right.forEach((name) => this.waiting.add(name));
      await this.send();
    }
    this.tell("没有保存，请检查标红的内容。", true);
    return false;
  }

  // Somebody else changed the order meanwhile: where our fields were left alone ours are saved on top, else a person
  // decides.
  private async conflict(names: string[]): Promise<boolean> {
    names.forEach((name) => this.waiting.add(name));
    const answer = await ask(`/api/orders/${this.form.dataset.draft}`, "GET");
    if (!answer?.ok) return this.failed([], "没有保存：工单刚被别人改动。内容还在，请按 Enter 再存一次。");
    const order = answer.body as Order;
    if (order.state !== "draft") return this.failed([], "工单已经登记，不能再在这里填写。请打开工单查看。");
    const clashes = this.sync(order);
    const saved = await this.send();
    if (clashes) this.tell("有一项别人刚改过，请看标红的地方。", true);
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
      if (same(theirs, this.base.get(name) ?? "")) continue;
      this.base.set(name, theirs);
      if (same(theirs, textOf(field))) continue;
      if (this.waiting.delete(name)) {
        clashes += 1;
        this.clash(field, theirs);
      } else {
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
      if (order && order.state === "draft" && order.version !== this.version) this.sync(order);
      return fine;
    });
  }

  private failed(names: string[], message: string): boolean {
    names.forEach((name) => this.waiting.add(name));
    this.count();
    this.tell(message, true);
    return false;
  }

  private values(names: string[]): Values {
    return Object.fromEntries(
      names.map((name) => {
        const field = this.field(name)!;
        const control = controlOf(field)!;
        if (control.type === "checkbox") return [name, (control as HTMLInputElement).checked];
        const text = textOf(field);
        return [name, text === "" && !(control.type === "text" || control.type === "textarea") ? null : text];
      }),
    );
  }

  // What is on the screen when one registers is what one has seen: it is confirmed with it.
  private async register(): Promise<void> {
    const trouble = this.form.querySelector<HTMLElement>("[data-draft-wrong]")!;
    trouble.hidden = true;
    this.fields()
      .filter((field) => stateOf(field) === "proposed")
      .forEach((field) => this.take(field, "confirmed"));
    if (!(await this.save())) return isSignedOut() && (await askSignIn()) ? this.register() : this.toWrong();
    const button = this.form.querySelector<HTMLButtonElement>("[data-register]");
    if (!button) return;
    button.disabled = true;
    const answer = await ask(
      `/api/orders/${this.form.dataset.draft}/steps/register`,
      "POST",
      { version: this.version },
      true,
    );
    button.disabled = false;
    if (answer?.ok) {
      this.form.dataset.over = "yes";
      const slot = this.form.parentElement!;
      await htmx.ajax("get", `/desk/calls/${encodeURIComponent(this.form.dataset.draftOf!)}/form`, {
        target: slot,
        swap: "innerHTML",
      });
      return;
    }
    Object.entries(answer?.body.fields ?? {}).forEach(([name, said]) => this.wrong(name, said));
    trouble.textContent =
      answer === null
        ? "连不上服务器，没有登记。请再按一次。"
        : answer.status === 409
          ? "工单刚被别人改动，没有登记。请核对后再按一次。"
          : `没有登记：${answer.body.detail ?? "服务器没有接受。"}`;
    trouble.hidden = false;
    if (answer?.status === 409) await this.conflict([]);
    this.toWrong();
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
    const answer = await ask(path, "GET");
    if (!answer?.ok) return;
    const told = answer.body as unknown as { proposals: Proposal[] };
    const open = new Map(told.proposals.filter((one) => one.open).map((one) => [one.field, one]));
    for (const field of this.fields()) {
      const state = stateOf(field);
      if (state !== "plain" && state !== "proposed") continue;
      const found = open.get(nameOf(field));
      if (found && (state === "proposed" || isBlank(field))) this.show(field, found);
      else if (!found && state === "proposed") this.show(field, null);
    }
    this.count();
    void this.routed();
  }

  private show(field: HTMLElement, one: Proposal | null): void {
    const control = controlOf(field)!;
    if (control.type === "checkbox") return;
    put(field, one?.value ?? "");
    // Filled meanwhile by hearing: the complaint about its emptiness is over.
    if (one) this.wrong(nameOf(field), "");
    field.dataset.state = one ? "proposed" : "plain";
    const sure = field.querySelector<HTMLElement>("[data-sure]")!;
    sure.textContent = one ? `待确认 ${percent(one.confidence)}` : "";
    sure.hidden = !one;
    const play = field.querySelector<HTMLElement>("[data-hear]")!;
    play.dataset.hear = one?.source?.sound ?? "";
    play.title = one?.source?.words ?? "";
    play.hidden = !play.dataset.hear;
    const why = field.querySelector<HTMLElement>("[data-why]")!;
    why.textContent = one?.why ?? "";
    why.hidden = !one?.why;
    const others = (one?.alternatives ?? []).filter((other) => other.value !== one?.value);
    field.querySelector("[data-others]")!.replaceChildren(
      ...others.map((other) => {
        const button = document.createElement("button");
        button.type = "button";
        button.tabIndex = -1;
        button.dataset.other = other.value;
        button.textContent = `${other.name} ${percent(other.confidence)}`;
        return button;
      }),
    );
  }

  private async routed(): Promise<void> {
    const said = new URLSearchParams();
    for (const name of ["subject", "place_town", "place"]) {
      const field = this.field(name);
      if (field) said.set(name, controlOf(field)!.value);
    }
    const answer = await ask(`/api/route?${said}`, "GET");
    const line = this.form.querySelector<HTMLElement>("[data-route]");
    if (!answer?.ok || !line) return;
    const to = answer.body as unknown as { lead_office: string; unit: string; co_offices: string[] };
    const lead = document.createElement("strong");
    lead.textContent = to.lead_office;
    const helpers = document.createElement("small");
    helpers.textContent = to.co_offices.length ? ` 协办 ${to.co_offices.join("、")}` : "";
    if (to.lead_office) line.replaceChildren("将派：", lead, to.unit ? ` · ${to.unit}` : "", helpers);
    else line.textContent = "还不能确定主办单位，登记后由市级管理员派单。";
  }

  private wrong(name: string, said: string): void {
    const field = this.field(name);
    const note = field?.querySelector<HTMLElement>("[data-wrong-of]");
    if (!field || !note) return;
    note.textContent = said;
    note.hidden = !said;
    const control = controlOf(field)!;
    if (said) control.setAttribute("aria-invalid", "true");
    else control.removeAttribute("aria-invalid");
    this.count();
  }

  private tell(words: string, trouble = false): void {
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
    if (button?.firstChild) button.firstChild.textContent = open ? `登记（确认其余 ${open} 项） ` : "登记 ";
  }
}

function hear(button: HTMLElement, form: HTMLElement): void {
  playing?.pause();
  form.querySelectorAll("[data-playing]").forEach((one) => one.removeAttribute("data-playing"));
  playing = new Audio(button.dataset.hear);
  playing.onplaying = () => button.setAttribute("data-playing", "");
  playing.onended = playing.onpause = () => button.removeAttribute("data-playing");
  const silent = (): void => {
    const note = form.querySelector<HTMLElement>("[data-saved]")!;
    note.textContent = "这几秒暂时无法播放，请稍候再试。";
  };
  playing.onerror = silent;
  void playing.play().catch(silent);
}

// Null: no answer, or none of our server's (cut off on its way, or another's that stands between).
async function ask(path: string, method: string, body?: object, wait = false): Promise<Answer | null> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (body) headers["Content-Type"] = "application/json";
  try {
    const answer = await signedFetch(path, { method, headers, body: body && JSON.stringify(body) }, wait);
    return { status: answer.status, ok: answer.ok, body: (await answer.json()) as Answer["body"] };
  } catch {
    return null;
  }
}

const fieldOf = (event: Event): HTMLElement | null =>
  (event.target as HTMLElement).closest<HTMLElement>("[data-field]");
const nameOf = (field: HTMLElement): string => field.dataset.field!;
const stateOf = (field: HTMLElement): string => field.dataset.state ?? "plain";
const controlOf = (field: HTMLElement): Control | null => field.querySelector<Control>("[data-control]");
const percent = (share: number): string => `${Math.round(share * 100)}%`;
const plain = (value: unknown): string => (value === null || value === undefined ? "" : String(value));
const isInstant = (field: HTMLElement): boolean => field.classList.contains("instant");
// As the order holds it: instants in the city's zone.
const textOf = (field: HTMLElement): string => {
  const control = controlOf(field)!;
  if (control.type === "checkbox") return String((control as HTMLInputElement).checked);
  return isInstant(field) && control.value ? `${control.value}:00+08:00` : control.value;
};

function put(field: HTMLElement, text: string): void {
  const control = controlOf(field)!;
  if (control.type === "checkbox") (control as HTMLInputElement).checked = text === "true";
  else {
    const value = isInstant(field) ? localInstant(text) : text;
    if (control.value !== value) control.value = value;
  }
}

// The urgency is never blank: an ordinary one is what stands there before anybody has said anything.
const isBlank = (field: HTMLElement): boolean =>
  textOf(field) === "" || (nameOf(field) === "urgency" && textOf(field) === "normal");
// Instants come as 10:00Z or 18:00+08:00; the same moment is no change.
const same = (one: string, other: string): boolean =>
  one === other || (/^\d{4}-\d\d-\d\dT/.test(one) && /^\d{4}-/.test(other) && Date.parse(one) === Date.parse(other));

// In the city's zone, as <input type=datetime-local> wants it.
function localInstant(iso: string): string {
  const moment = Date.parse(iso);
  return Number.isNaN(moment) ? "" : new Date(moment + 8 * 3600_000).toISOString().slice(0, 16);
}

function clock(): string {
  return new Date().toLocaleTimeString("zh-CN", { hour12: false, timeZone: "Asia/Shanghai" });
}
