// What is typed into a form stays until the server has taken it: kept in this browser by account and form, put back when
// the page comes again, and sent only by one who is signed in (the page asks for that in place). At rest it is encrypted
// with a key that the server gives to this account's pages alone; where the browser cannot (no secure context) it is kept
// for this window only. Passwords and files are not kept; signing out removes all that this account has here.
import htmx from "htmx.org";
import { askSignIn, isInCall, isSignedIn } from "./session";

const PREFIX = "draft:";
const SENT = "draft-sent";
const SIGNED_OUT = "signed-out";
const PAUSE_MS = 400;
const KEPT_MS = 7 * 24 * 3600_000;

type Values = Record<string, string[]>;
type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

const account = (): string => document.body.dataset.account ?? "";
const store = (): Storage => (account() && window.crypto?.subtle ? localStorage : sessionStorage);
const dirty = new Set<HTMLFormElement>();
let leaving = false;
let pause: ReturnType<typeof setTimeout> | undefined;

export function startDrafts(): void {
  settle();
  tellSignedOut();
  document.addEventListener("input", typed);
  document.addEventListener("change", typed);
  document.addEventListener("submit", submitted);
  document.body.addEventListener("htmx:afterRequest", (event) => {
    const { elt, successful } = (event as CustomEvent).detail as { elt: HTMLElement; successful: boolean };
    if (successful && elt instanceof HTMLFormElement && isKept(elt)) forget(elt);
  });
  document.addEventListener("visibilitychange", () => document.hidden && void saveAll());
  window.addEventListener("beforeunload", (event) => {
    const typing = [...dirty].some((form) => form.isConnected) || document.querySelector("form[data-unsaved]");
    if (!leaving && typing) event.preventDefault();
  });
  window.addEventListener("pageshow", () => (leaving = false));
  // Signed out in another tab, by this person, at this computer: the next who sits down here sees nothing of it either.
  window.addEventListener("storage", (event) => {
    if (event.key !== SIGNED_OUT || event.newValue !== account() || !account() || isInCall()) return;
    dirty.clear();
    leaving = true;
    location.replace("/sign-in");
  });
  htmx.onLoad((element) => {
    const forms = (element as HTMLElement).querySelectorAll<HTMLFormElement>("form");
    for (const form of element instanceof HTMLFormElement ? [element, ...forms] : forms) void restore(form);
  });
}

// Nothing of this account's stays in this browser: not now, and in no other tab once the server has been told.
export function dropDrafts(): void {
  dirty.clear();
  drop(account());
  sessionStorage.setItem(SIGNED_OUT, account());
}

function drop(whose: string): void {
  for (const place of [localStorage, sessionStorage])
    for (const key of Object.keys(place)) if (key.startsWith(`${PREFIX}${whose}:`)) place.removeItem(key);
}

// This page is what came after signing out: the other tabs hear of it, and what they kept meanwhile goes too.
function tellSignedOut(): void {
  const whose = sessionStorage.getItem(SIGNED_OUT);
  sessionStorage.removeItem(SIGNED_OUT);
  if (!whose || account()) return;
  localStorage.setItem(SIGNED_OUT, whose);
  localStorage.removeItem(SIGNED_OUT);
  drop(whose);
}

// Where it is sent to says which form it is: order and step are in the path.
function pathOf(form: HTMLFormElement): string {
  return new URL(form.getAttribute("hx-post") ?? form.getAttribute("action") ?? "", location.href).pathname;
}

const keyOf = (form: HTMLFormElement): string => `${PREFIX}${account()}:${pathOf(form)}`;

function isSent(form: HTMLFormElement): boolean {
  const posts = form.getAttribute("method")?.toLowerCase() === "post" || form.hasAttribute("hx-post");
  return posts && !form.matches("[action='/sign-out'], [action='/sign-in']");
}

function isKept(form: HTMLFormElement): boolean {
  // A choice of rows in a list is no text: it goes with the list.
  return isSent(form) && !form.dataset.draft && form.dataset.many === undefined && !form.querySelector("[type=password]");
}

function controls(form: HTMLFormElement): Control[] {
  return [...form.elements].filter(
    (one): one is Control => one.matches("input:not([type=hidden], [type=file]), textarea, select") && Boolean((one as Control).name),
  );
}

function isTick(control: Control): control is HTMLInputElement {
  return control instanceof HTMLInputElement && ["checkbox", "radio"].includes(control.type);
}

function read(form: HTMLFormElement): Values {
  const values: Values = {};
  for (const control of controls(form)) {
    const mine = (values[control.name] ??= []);
    if (!isTick(control) || control.checked) mine.push(control.value);
  }
  return values;
}

function typed(event: Event): void {
  const form = (event.target as Control).form;
  if (!event.isTrusted || !form || !isKept(form)) return;
  dirty.add(form);
  clearTimeout(pause);
  pause = setTimeout(() => void saveAll(), PAUSE_MS);
}

async function saveAll(): Promise<void> {
  await Promise.all([...dirty].filter((form) => form.isConnected).map(save));
}

async function save(form: HTMLFormElement): Promise<void> {
  try {
    store().setItem(keyOf(form), await seal(JSON.stringify({ at: Date.now(), values: read(form) })));
  } catch {
    // A full or forbidden store: the page itself still has it, and says so before it is left.
  }
}

function forget(form: HTMLFormElement): void {
  dirty.delete(form);
  store().removeItem(keyOf(form));
  form.querySelector("[data-kept-note]")?.remove();
}

async function restore(form: HTMLFormElement): Promise<void> {
  if (!isKept(form)) return;
  const kept = store().getItem(keyOf(form));
  // What the server gave back with its refusal is the newest.
  if (!kept || form.querySelector("[aria-invalid], .wrong[role=alert]:not([hidden])")) return;
  const text = await open(kept);
  const found = text === undefined ? undefined : (JSON.parse(text) as { at: number; values: Values });
  if (!found || Date.now() - found.at > KEPT_MS) return store().removeItem(keyOf(form));
  if (dirty.has(form) || JSON.stringify(found.values) === JSON.stringify(read(form))) return;
  for (const control of controls(form)) {
    const mine = found.values[control.name];
    if (!mine) continue;
    if (isTick(control)) control.checked = mine.includes(control.value);
    else control.value = mine[0] ?? "";
    control.dispatchEvent(new Event("input", { bubbles: true }));
  }
  dirty.add(form);
  form.closest("details")?.setAttribute("open", "");
  form.prepend(noteOf(form, found.at));
}

function noteOf(form: HTMLFormElement, at: number): HTMLElement {
  const note = document.createElement("p");
  note.className = "note warn";
  note.dataset.keptNote = "";
  note.setAttribute("role", "status");
  const when = new Date(at).toLocaleString("zh-CN", { hour12: false, timeZone: "Asia/Shanghai", dateStyle: "short", timeStyle: "short" });
  const drop = document.createElement("button");
  drop.type = "button";
  drop.className = "small";
  drop.textContent = "不要了";
  drop.addEventListener("click", () => {
    form.reset();
    forget(form);
  });
  note.append(`这是您 ${when} 写的，还没有提交。 `, drop);
  return note;
}

// A form goes out only when its account is signed in and the server is there: else it stays, and nothing of it is lost.
function submitted(event: SubmitEvent): void {
  const form = event.target as HTMLFormElement;
  if (event.defaultPrevented) return;
  if (form.getAttribute("action") === "/sign-out") {
    const count = Object.keys(store()).filter((key) => key.startsWith(`${PREFIX}${account()}:`)).length;
    if (count && !confirm(`有 ${count} 处写了还没有提交，退出后就没有了。确定退出吗？`)) event.preventDefault();
    else dropDrafts();
    return;
  }
  if (!isSent(form) || form.hasAttribute("hx-post")) return;
  if (form.dataset.checked || !account()) {
    delete form.dataset.checked;
    if (isKept(form)) sessionStorage.setItem(SENT, JSON.stringify([keyOf(form), pathOf(form)]));
    leaving = true;
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
  if (!form.dataset.checking) void check(form, event.submitter);
}

async function check(form: HTMLFormElement, submitter: HTMLElement | null): Promise<void> {
  form.dataset.checking = "yes";
  tell(form, "");
  try {
    if (dirty.has(form)) await save(form);
    if (!((await isSignedIn()) || (await askSignIn()))) return tell(form, "没有提交：登录已结束。您写的都还在，登录后再按一次。");
    form.dataset.checked = "yes";
    form.requestSubmit(submitter);
  } catch {
    tell(form, "没有提交：连不上服务器。您写的都还在，恢复后再按一次。");
  } finally {
    delete form.dataset.checking;
    delete form.dataset.checked;
  }
}

function tell(form: HTMLFormElement, words: string): void {
  form.querySelector("[data-not-sent]")?.remove();
  if (!words) return;
  const note = document.createElement("p");
  note.className = "wrong";
  note.dataset.notSent = "";
  note.setAttribute("role", "alert");
  note.textContent = words;
  form.append(note);
}

// What was sent before this page came was taken, when the page is the answer to it and no refusal.
function settle(): void {
  const sent = JSON.parse(sessionStorage.getItem(SENT) ?? "null") as [string, string] | null;
  sessionStorage.removeItem(SENT);
  const way = performance.getEntriesByType("navigation")[0] as PerformanceNavigationTiming | undefined;
  if (!sent || document.body.dataset.status || way?.type !== "navigate") return;
  if (location.pathname === "/sign-in" || (way.redirectCount === 0 && location.pathname !== sent[1])) return;
  localStorage.removeItem(sent[0]);
  sessionStorage.removeItem(sent[0]);
}

async function key(): Promise<CryptoKey> {
  const raw = Uint8Array.from(atob(document.body.dataset.draftKey!), (sign) => sign.charCodeAt(0));
  return crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
}

async function seal(text: string): Promise<string> {
  if (store() === sessionStorage) return text;
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await key(), new TextEncoder().encode(text)));
  return btoa([...iv, ...sealed].map((byte) => String.fromCharCode(byte)).join(""));
}

// Undefined: not ours, or of a key that is gone.
async function open(kept: string): Promise<string | undefined> {
  if (store() === sessionStorage) return kept;
  try {
    const bytes = Uint8Array.from(atob(kept), (sign) => sign.charCodeAt(0));
    const opened = await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytes.slice(0, 12) }, await key(), bytes.slice(12));
    return new TextDecoder().decode(opened);
  } catch {
    return undefined;
  }
}
