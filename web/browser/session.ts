// The session may end under an open page: it ran out, or somebody ended it. The page goes nowhere then; it asks to sign
// in over itself, and goes on with what waited. A call that goes on is not covered by the question.
import htmx from "htmx.org";
import { type Refusal, SessionKnown } from "./session_known";

interface Asked {
  verb: string;
  path: string;
  values: Record<string, FormDataEntryValue[]>;
}

// A server that accepts the request and does not answer is away as well: the waiting code gets an error.
const PATIENCE_MS = 8000;

const known = new SessionKnown();
let asking: Promise<boolean> | undefined;
let inCall: () => boolean = () => false;
// The pieces of the page that were refused, and are asked for again.
const refused = new Map<HTMLElement, Asked>();
const askedAt = new WeakMap<XMLHttpRequest, number>();

const account = (): string => document.body.dataset.account ?? "";
const dialog = (): HTMLDialogElement => document.querySelector<HTMLDialogElement>("[data-sign-in-here]")!;

export function startSession(): void {
  if (!account()) return;
  document.body.addEventListener("htmx:beforeSend", (event) =>
    askedAt.set((event as CustomEvent<{ xhr: XMLHttpRequest }>).detail.xhr, known.turn),
  );
  document.body.addEventListener("htmx:responseError", (event) => {
    const { xhr, elt, requestConfig } = (event as CustomEvent).detail as {
      xhr: XMLHttpRequest;
      elt: HTMLElement;
      requestConfig: { verb: string; path: string; formData: FormData };
    };
    if (xhr.status !== 401) return;
    const values: Record<string, FormDataEntryValue[]> = {};
    if (requestConfig.verb !== "get")
      for (const name of requestConfig.formData.keys()) values[name] = requestConfig.formData.getAll(name);
    const asked = { verb: requestConfig.verb, path: requestConfig.path, values };
    if (sessionEnded(askedAt.get(xhr)) === "old") {
      askAgain(elt, asked);
      return;
    }
    refused.set(elt, asked);
    if (requestConfig.verb !== "get") void askSignIn();
  });
  document.addEventListener("click", (event) => {
    const pressed = (event.target as HTMLElement).closest("[data-sign-in-again], [data-sign-in-later]");
    if (pressed?.matches("[data-sign-in-again]")) void askSignIn();
    else if (pressed) dialog().close();
  });
  dialog()
    .querySelector("form")!
    .addEventListener("submit", (event) => {
      event.preventDefault();
      void signIn(event.target as HTMLFormElement);
    });
  // Signed in again in another tab.
  window.addEventListener("focus", () => known.away && void isSignedIn().catch(() => {}));
}

// An agent in a call is not asked to sign in until they ask for something.
export function dontCoverWhile(check: () => boolean): void {
  inCall = check;
}

export function isInCall(): boolean {
  return inCall();
}

export function isSignedOut(): boolean {
  return known.away;
}

// A dialog that came up now would take the next letters for the password.
function isTyping(): boolean {
  return document.activeElement?.matches("textarea, input:not([type=checkbox], [type=radio], [type=button])") ?? false;
}

// The server has said so, of what was asked at this turn. Asked for at once, but not over a call, nor in the middle of a
// word, nor again where the user has put it off: the bar says it then.
function sessionEnded(turn = known.turn): Refusal {
  const news = known.refused(turn);
  if (news === "old") return news;
  if (news === "ended") document.body.dispatchEvent(new CustomEvent("session:ended"));
  showConnection();
  if (!inCall() && !isTyping() && !known.postponed) void askSignIn();
  return news;
}

// Throws where the server does not answer, or another answers for it.
export async function isServerThere(): Promise<void> {
  const answer = await fetch("/healthz", { signal: AbortSignal.timeout(PATIENCE_MS) });
  if (!answer.ok) throw new Error(`the server is away: ${answer.status}`);
}

// Whether this page's own account is signed in now. Throws where the server does not answer, or another answers for it.
export async function isSignedIn(): Promise<boolean> {
  const turn = known.turn;
  const answer = await fetch("/api/me", {
    headers: { Accept: "application/json" },
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (answer.status >= 500) throw new Error(`the server is away: ${answer.status}`);
  const { name } = (answer.ok ? await answer.json() : {}) as { name?: string };
  // Overtaken by a sign-in, or by the end of one.
  if (turn !== known.turn) return isSignedIn();
  if (answer.status === 401) sessionEnded(turn);
  else if (name === account()) back();
  else if (name) {
    known.isAnothers(name);
    showConnection();
  }
  return !known.away;
}

// True once signed in; false when the user postponed it.
export function askSignIn(): Promise<boolean> {
  if (!known.away) return Promise.resolve(true);
  asking ??= new Promise<boolean>((done) => {
    const box = dialog();
    complain("");
    if (!box.open) {
      if (inCall()) box.show();
      else box.showModal();
    }
    box.querySelector<HTMLElement>("[name=password]")!.focus();
    box.addEventListener(
      "close",
      () => {
        asking = undefined;
        known.postponed = known.away;
        done(!known.away);
      },
      { once: true },
    );
  });
  return asking;
}

// Like fetch; a 401 is noticed. `wait`: the user asked for this and waits for it, so it is done after signing in. What is
// refused once they have signed in again is asked again; not an unawaited POST, which may be a command on a call that is
// another by then.
export async function signedFetch(path: string, init: RequestInit = {}, wait = false): Promise<Response> {
  const turn = known.turn;
  const answer = await fetch(path, init);
  if (answer.status !== 401 || !account()) return answer;
  if (sessionEnded(turn) === "old") return wait || init.method !== "POST" ? signedFetch(path, init, wait) : answer;
  return wait && (await askSignIn()) ? fetch(path, init) : answer;
}

async function signIn(form: HTMLFormElement): Promise<void> {
  const password = form.elements.namedItem("password") as HTMLInputElement;
  const button = form.querySelector<HTMLButtonElement>("button.primary")!;
  button.disabled = true;
  try {
    const answer = await fetch("/api/session/here", {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify({ name: account(), password: password.value }),
      signal: AbortSignal.timeout(2 * PATIENCE_MS),
    });
    const said = (await answer.json().catch(() => ({}))) as { detail?: string; fields?: Record<string, string> };
    if (answer.ok) back();
    else complain(Object.values(said.fields ?? {})[0] ?? said.detail ?? "没有登录成，请再试一次。");
  } catch {
    complain("连不上服务器，请稍后再试。页面上的内容都还在。");
  } finally {
    password.value = "";
    button.disabled = false;
    if (dialog().open) password.focus();
  }
}

function back(): void {
  if (!known.cameBack()) return;
  showConnection();
  if (dialog().open) dialog().close();
  document.body.dispatchEvent(new CustomEvent("session:back"));
  for (const [source, asked] of refused) askAgain(source, asked);
  refused.clear();
}

function askAgain(source: HTMLElement, { verb, path, values }: Asked): void {
  // htmx reports by its events what becomes of it; it rejects too when the server is away.
  if (source.isConnected) htmx.ajax(verb as "get", path, { source, values }).catch(() => {});
}

function showConnection(): void {
  const bar = document.querySelector<HTMLElement>("[data-session-ended]")!;
  bar.hidden = !known.away;
  bar.querySelector("[data-session-words]")!.textContent = known.other
    ? `这个浏览器里现在登录的是 ${known.other}。这一页是 ${account()} 的，要用本人密码登录后才能继续。`
    : inCall()
      ? "登录已结束，通话不受影响：可以继续说、静音、保持、挂断。登记、转接等要先登录。"
      : "登录已结束：可能超过了时间、在别处退出，或被管理员收回。页面上的内容都还在，登录后继续。";
}

function complain(words: string): void {
  const place = dialog().querySelector<HTMLElement>("[data-sign-in-wrong]")!;
  place.textContent = words;
  place.hidden = !words;
}
