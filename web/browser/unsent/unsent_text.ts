// What is typed into a form stays until the server has taken it: kept in this browser by account and form, put back when
// the page comes again, and sent only by one who is signed in (the page asks for that in place). At rest it is encrypted
// with a key that the server gives to this account's pages alone; where the browser cannot (no secure context) it is kept
// for this window only. Passwords and files are not kept; signing out removes all that this account has here. What is
// written in an order's step lies on the server too (unsent_there.ts).
import htmx from "htmx.org";
import { dayAndMinute } from "../instants";
import { askSignIn, isInCall, isServerThere, isSignedIn } from "../session";
import { type Control, changedNames, controls, isTick, type Values, valuesOf, wordsOf } from "./form_values";
import { isTold, showLeftOver } from "./left_over";
import { account, drop, keptPaths, keyOfPath, open, seal, store } from "./sealed";
import { dropThere, keepThereNow, keepThereSoon, nothingUnderWay } from "./unsent_there";

const SENT = "unsent-text-sent";
const SIGNED_OUT = "signed-out";
// After the path of a form: a second text for it.
const OTHER = "#other";
const PAUSE_MS = 400;
const KEPT_MS = 7 * 24 * 3600_000;
// Pieces of the page that bring their own forms come a moment after it.
const SETTLED_MS = 1500;

export interface Kept {
  at: number;
  values: Values;
  // Where its form stood, and what a person reads of it there once the form is gone.
  page: string;
  title: string;
  words: [string, string][];
  // It still has its place, elsewhere, while this is on the page.
  unless?: string;
  // What the server had of it then, by its instant.
  there?: string;
}

interface Sent {
  successful: boolean;
  requestConfig: { elt: HTMLElement };
}

const dirty = new Set<HTMLFormElement>();
// With something that no store has yet which outlives this window.
const unkept = new Set<HTMLFormElement>();
let leaving = false;
let looking: ReturnType<typeof setTimeout> | undefined;
let pause: ReturnType<typeof setTimeout> | undefined;

export function startUnsentText(): void {
  settle();
  noteSignedOut();
  document.addEventListener("input", typed);
  document.addEventListener("change", typed);
  document.addEventListener("submit", submitted);
  document.body.addEventListener("htmx:afterRequest", (event) => {
    const { successful, requestConfig } = (event as CustomEvent).detail as Sent;
    // Not the event's own element: where the answer took the form's place, that is what is left around it.
    const form = requestConfig.elt;
    if (successful && form instanceof HTMLFormElement && isKept(form)) forget(form);
  });
  ["htmx:sendError", "htmx:timeout", "htmx:responseError"].forEach((name) =>
    document.body.addEventListener(name, notTaken),
  );
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) return;
    void saveAll();
    keepThereNow(there);
  });
  document.addEventListener("click", (event) => {
    const form = (event.target as HTMLElement).closest("[data-drop-unsent]")?.closest("form");
    if (form) void throwAway(form);
  });
  window.addEventListener("beforeunload", (event) => {
    const typing = [...unkept].some((form) => form.isConnected) || document.querySelector("form[data-unsaved]");
    if (!leaving && typing) event.preventDefault();
  });
  window.addEventListener("pageshow", (event) => {
    leaving = false;
    // Come back to: nothing was the answer to what was sent from here.
    if (event.persisted) sessionStorage.removeItem(SENT);
  });
  // Signed out in another tab, by this person, at this computer: the next who sits down here sees nothing of it either.
  window.addEventListener("storage", (event) => {
    if (event.key !== SIGNED_OUT || event.newValue !== account() || !account() || isInCall()) return;
    dirty.clear();
    unkept.clear();
    leaving = true;
    location.replace("/sign-in");
  });
  htmx.onLoad((element) => {
    const forms = (element as HTMLElement).querySelectorAll<HTMLFormElement>("form");
    for (const form of element instanceof HTMLFormElement ? [element, ...forms] : forms) void restore(form);
    clearTimeout(looking);
    looking = setTimeout(() => void leftOver(), SETTLED_MS);
  });
}

// What was written for a form that is gone: the step was taken by another, or cannot be taken any more.
async function leftOver(): Promise<void> {
  const forms = new Set([...document.forms].filter(isKept).map(pathOf));
  for (const path of keptPaths()) {
    const found = await readKept(path);
    const gone =
      found && found.page === pageHere() && !forms.has(path) && !(found.unless && document.querySelector(found.unless));
    showLeftOver(path, gone ? found : undefined, () => dropKept(path));
  }
}

const pageHere = (): string => document.querySelector<HTMLElement>("[data-page]")?.dataset.page ?? location.pathname;

// Nothing of this account's stays in this browser: not now, and in no other tab once the server knows.
export function dropUnsentText(): void {
  dirty.clear();
  unkept.clear();
  drop(account());
  sessionStorage.setItem(SIGNED_OUT, account());
}

// This page is what came after signing out: the other tabs hear of it, and what they kept meanwhile goes too.
function noteSignedOut(): void {
  const whose = sessionStorage.getItem(SIGNED_OUT);
  sessionStorage.removeItem(SIGNED_OUT);
  if (!whose || account()) return;
  localStorage.setItem(SIGNED_OUT, whose);
  localStorage.removeItem(SIGNED_OUT);
  drop(whose);
}

// Where it is sent to says which form it is: order and step are in the path; where several are sent to one place, what
// each is about (data-of).
function pathOf(form: HTMLFormElement): string {
  const path = new URL(form.getAttribute("hx-post") ?? form.getAttribute("action") ?? "", location.href).pathname;
  return form.dataset.of ? `${path}?of=${form.dataset.of}` : path;
}

const keyOf = (form: HTMLFormElement): string => keyOfPath(pathOf(form));
export const dropKept = (path: string): void => store().removeItem(keyOfPath(path));

function isSent(form: HTMLFormElement): boolean {
  const posts = form.getAttribute("method")?.toLowerCase() === "post" || form.hasAttribute("hx-post");
  return posts && !form.matches("[action='/sign-out'], [action='/sign-in']");
}

function isKept(form: HTMLFormElement): boolean {
  return isSent(form) && !form.dataset.draft && !form.querySelector("[type=password]");
}

function typed(event: Event): void {
  if (event.isTrusted) noteTyped(event.target as Control);
}

// Somebody put something into it, by the browser's means or by this program's.
export function noteTyped(control: Control): void {
  const form = control.form;
  if (!form || !isKept(form) || !controls(form).includes(control)) return;
  dirty.add(form);
  unkept.add(form);
  clearTimeout(pause);
  pause = setTimeout(() => void saveAll(), PAUSE_MS);
  keepThereSoon(form, [control.name], () => there(form));
}

// The server has what stands in the form.
function there(form: HTMLFormElement): void {
  unkept.delete(form);
  void save(form);
}

async function saveAll(): Promise<void> {
  await Promise.all([...dirty].filter((form) => form.isConnected).map(save));
}

async function save(form: HTMLFormElement): Promise<void> {
  try {
    const named = form.closest("details")?.querySelector("summary") ?? form.querySelector("button:not([type=button])");
    // Without the key that does the same.
    const title =
      form.ariaLabel ??
      [...(named?.childNodes ?? [])].flatMap((one) => (one.nodeName === "KBD" ? [] : [one.textContent])).join("");
    const kept: Kept = {
      at: Date.now(),
      values: valuesOf(form),
      page: pageHere(),
      title: title.trim(),
      words: wordsOf(form),
      there: form.dataset.writtenAt,
    };
    const sealed = await seal(JSON.stringify(kept));
    // Taken, or thrown away, meanwhile.
    if (!dirty.has(form)) return;
    store().setItem(keyOf(form), sealed);
    const same = JSON.stringify(kept.values) === JSON.stringify(valuesOf(form));
    if (same && store() === localStorage) unkept.delete(form);
  } catch {
    // A full or forbidden store: the page itself still has it, and says so before it is left.
  }
}

export async function writeKept(path: string, kept: Kept): Promise<void> {
  store().setItem(keyOfPath(path), await seal(JSON.stringify(kept)));
}

// What was kept of what goes there; what is too old, or of a key that is gone, is removed.
export async function readKept(path: string): Promise<Kept | undefined> {
  const kept = store().getItem(keyOfPath(path));
  if (!kept) return undefined;
  const text = await open(kept);
  const found = text === undefined ? undefined : (JSON.parse(text) as Kept);
  if (found && Date.now() - found.at <= KEPT_MS) return found;
  dropKept(path);
  return undefined;
}

export function forget(form: HTMLFormElement): void {
  dirty.delete(form);
  unkept.delete(form);
  dropKept(pathOf(form));
  form.querySelector("[data-kept-note]")?.remove();
}

async function restore(form: HTMLFormElement): Promise<void> {
  if (!isKept(form)) return;
  // What the server gave back with its refusal is the newest.
  if (form.querySelector("[aria-invalid], [role=alert]:not([hidden])")) return;
  const found = await readKept(pathOf(form));
  if (!found || dirty.has(form) || JSON.stringify(found.values) === JSON.stringify(valuesOf(form))) return;
  // Typed while this program was still on its way over a slow network: newer than what was kept.
  const newer = changedNames(form);
  if (form.dataset.writtenAt && found.there !== form.dataset.writtenAt) {
    // Written in at another computer since: that stands in the form, this is shown beside it.
    await writeKept(`${pathOf(form)}${OTHER}`, found);
    dropKept(pathOf(form));
    if (newer.size) keep(form, newer);
    return;
  }
  for (const control of controls(form)) {
    const mine = found.values[control.name];
    if (!mine || newer.has(control.name)) continue;
    if (isTick(control)) control.checked = mine.includes(control.value);
    else control.value = mine[0] ?? "";
    control.dispatchEvent(new Event("input", { bubbles: true }));
  }
  const changed = changedNames(form);
  keep(form, changed);
  for (const control of controls(form)) if (changed.has(control.name)) openAround(control);
  form.closest("details")?.setAttribute("open", "");
  form.querySelector("[data-kept-note]")?.remove();
  form.prepend(noteOf(form, found.at, isTold(found.words)));
}

// Nobody sends what lies folded away without having seen it.
function openAround(control: Control): void {
  for (let fold = control.closest("details"); fold; fold = fold.parentElement?.closest("details") ?? null)
    fold.open = true;
}

// As if it had been typed now.
function keep(form: HTMLFormElement, names: Iterable<string>): void {
  dirty.add(form);
  void save(form);
  keepThereSoon(form, names, () => there(form));
}

// The form as the order has it: the page is loaded again, with all else that is written on it.
async function throwAway(form: HTMLFormElement): Promise<void> {
  try {
    await dropThere(form);
    forget(form);
    await saveAll();
    leaving = true;
    location.reload();
  } catch {
    showTrouble(form, "没有去掉：连不上服务器，恢复后再按一次。");
  }
}

function noteOf(form: HTMLFormElement, at: number, told: boolean): HTMLElement {
  const note = document.createElement("p");
  note.className = "note warn";
  note.dataset.keptNote = "";
  note.setAttribute("role", "status");
  const when = dayAndMinute(at);
  const drop = document.createElement("button");
  drop.type = "button";
  drop.className = "small";
  drop.textContent = "不要了";
  if (form.dataset.unsentAt) drop.dataset.dropUnsent = "";
  else
    drop.addEventListener("click", () => {
      form.reset();
      forget(form);
    });
  const words = told ? "办理经过里已经有同样的内容，可能已经提交成功：请先看一眼。" : "还没有提交。";
  note.append(`这是您 ${when} 写的，${words} `, drop);
  return note;
}

// A form goes out only when its account is signed in and the server is there: else it stays, and nothing of it is lost.
function submitted(event: SubmitEvent): void {
  const form = event.target as HTMLFormElement;
  if (event.defaultPrevented) return;
  if (form.getAttribute("action") === "/sign-out") {
    const count = keptPaths().length;
    if (count && !confirm(`有 ${count} 处写了还没有提交，退出后就没有了。确定退出吗？`)) event.preventDefault();
    else dropUnsentText();
    return;
  }
  if (!isSent(form) || form.hasAttribute("hx-post")) return;
  if (form.dataset.checked) {
    delete form.dataset.checked;
    // A print or a sheet of the same choice takes nothing of what was written.
    if (event.submitter?.hasAttribute("data-takes-nothing")) {
      leaving = true;
      setTimeout(() => (leaving = false), SETTLED_MS);
      return;
    }
    if (isKept(form)) sessionStorage.setItem(SENT, JSON.stringify([keyOf(form), pathOf(form), location.href]));
    leaving = true;
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
  if (!form.dataset.checking) void check(form, event.submitter);
}

// A form that htmx sent, and nobody took: said beside it. An ended session asks for the sign-in by itself.
function notTaken(event: Event): void {
  const { elt, xhr } = (event as CustomEvent).detail as { elt: HTMLElement; xhr: XMLHttpRequest };
  if (!(elt instanceof HTMLFormElement) || !isSent(elt) || xhr.status === 401) return;
  const ours = xhr.status > 0 && xhr.status < 500 && !xhr.getResponseHeader("Content-Type")?.includes("html");
  showTrouble(elt, ours ? `没有办成：${xhr.responseText}` : "没有提交：连不上服务器。您写的都还在，恢复后再按一次。");
}

async function check(form: HTMLFormElement, submitter: HTMLElement | null): Promise<void> {
  form.dataset.checking = "yes";
  showTrouble(form, "");
  try {
    if (dirty.has(form)) await save(form);
    await nothingUnderWay(form);
    // A page without an account, behind a signed link, has nobody to sign in.
    if (!account()) await isServerThere();
    else if (!((await isSignedIn()) || (await askSignIn())))
      return showTrouble(form, "没有提交：登录已结束。您写的都还在，登录后再按一次。");
    form.dataset.checked = "yes";
    form.requestSubmit(submitter);
  } catch {
    showTrouble(form, "没有提交：连不上服务器。您写的都还在，恢复后再按一次。");
  } finally {
    delete form.dataset.checking;
    delete form.dataset.checked;
  }
}

function showTrouble(form: HTMLFormElement, words: string): void {
  form.querySelector("[data-not-sent]")?.remove();
  if (!words) return;
  const note = document.createElement("p");
  note.className = "wrong";
  note.dataset.notSent = "";
  note.setAttribute("role", "alert");
  note.textContent = words;
  form.append(note);
}

// What was sent before this page came was taken, when the page is the answer to it and no refusal. Where the server was
// gone, or a proxy answered for it, the next page of ours was come to by another way: not from the form.
function settle(): void {
  const sent = JSON.parse(sessionStorage.getItem(SENT) ?? "null") as [string, string, string] | null;
  sessionStorage.removeItem(SENT);
  const way = performance.getEntriesByType("navigation")[0] as PerformanceNavigationTiming | undefined;
  if (!sent || document.body.dataset.status || way?.type !== "navigate" || document.referrer !== sent[2].split("#")[0])
    return;
  if (document.querySelector("main.door") || (way.redirectCount === 0 && location.pathname !== sent[1])) return;
  localStorage.removeItem(sent[0]);
  sessionStorage.removeItem(sent[0]);
}
