// The desk's page: brings telephone, server, keys and forms as events to step.ts, and carries its effects out.

import { isSilent } from "../../browser/live/socket";
import { askSignIn, dontCoverWhile, isSignedOut } from "../../browser/session";
import { signOutQuestion } from "./agent_steps";
import { ask, type Desk, type PhoneAccount, RefusedByServer } from "./api";
import { openDrawer, say, showBar, showLamp, unsay } from "./bar";
import { ServerCommands, type Way } from "./commands";
import { startKeys } from "./keys";
import { allowNotifications, askForNotifications, notify, unnotify } from "./notifications";
import { deskShown } from "./outcome";
import { announceAnswered, focusPanel, lookAgain, showCall, startPanels } from "./panels";
import { type Line, type Listener, Softphone } from "./softphone";
import { Devices, Microphone, Ringer } from "./sound";
import type { AgentState, Around, Call, ControlRequest, Effect, Event, State } from "./state";
import { initial, step } from "./step";
import { isJustAnswered } from "./telephone_steps";

const WINDOW_KEY = "desk-window";
const LOST_KEY = "desk-lost";
// Of this window only: the next who signs in at this computer need not see whom one called.
const DIALLED_KEY = "desk-dialled";
const LEVEL_EVERY_MS = 100;

let phone: Softphone | undefined;
let account: PhoneAccount;
const ringer = new Ringer();
const microphone = new Microphone();
const speaker = document.querySelector<HTMLAudioElement>("[data-remote]")!;
const devices = new Devices(microphone, speaker, (stream, words) =>
  happen({ is: "microphone", open: stream !== undefined, words }),
);
const commands = new ServerCommands(
  (words) => happen({ is: "words", words }),
  () => isJustAnswered(state, Date.now()),
);

let state: State = initial(around());

function around(): Around {
  const line = phone?.line;
  return {
    now: Date.now(),
    phone: phone ? (phone.isReachable ? "reachable" : "unreachable") : "none",
    call: line ? callOf(line) : null,
    silent: isSilent(),
    signedOut: isSignedOut(),
    chosen: phoneChosen(),
    microphone: microphone.stream !== undefined,
    dialled: sessionStorage.getItem(DIALLED_KEY) ?? "",
    lost: JSON.parse(sessionStorage.getItem(LOST_KEY) ?? "null") as Around["lost"],
  };
}

// What happens while effects are carried out (a telephone that is stopped ends its call) is dealt with at once.
function happen(event: Event): void {
  const [next, effects] = step({ ...state, around: around() }, event);
  state = next;
  for (const effect of effects) carryOut(effect);
}

function callOf(line: Line): Call {
  return { linkedid: line.linkedid, number: line.number, incoming: line.incoming };
}

const listener: Listener = {
  lamp: (lamp) => happen({ is: "lamp", lamp }),
  ringing: (line) => happen({ is: "ringing", call: callOf(line) }),
  calling: () => happen({ is: "calling" }),
  talking: (line) => happen({ is: "talking", call: callOf(line), held: line.session.isOnHold().local }),
  changed: () => happen({ is: "line-changed" }),
  ended: (line, cause, byUs) => happen({ is: "ended", call: callOf(line), cause, byUs }),
  soundLost: (lost) => happen({ is: "sound", lost }),
  refused: () => happen({ is: "refused" }),
};

function carryOut(effect: Effect): void {
  switch (effect.do) {
    case "ask":
      void askServer(effect.turn, effect.thenTake ?? false);
      break;
    case "show":
      showBar(deskShown(state), state.line, state.lamp, phone?.line, state.consulting);
      break;
    case "show-lamp":
      showLamp(effect.lamp);
      break;
    case "show-call":
      showCall(effect.linkedid);
      break;
    case "announce-answered":
      announceAnswered();
      break;
    case "focus-panel":
      focusPanel(effect.panel);
      break;
    case "open-drawer":
      openDrawer(effect.drawer);
      break;
    case "show-redial":
      showRedial();
      break;
    case "say":
      say(
        effect.words,
        effect.how,
        effect.offer && {
          words: "改在这里接听",
          command: () => carryOut({ do: "start-phone", take: true }),
        },
      );
      break;
    case "unsay":
      unsay();
      break;
    case "put-phone-back":
      document.querySelector<HTMLInputElement>(`[name="phone"][value="${effect.phone}"]`)!.checked = true;
      break;
    case "ring":
      ringer.start();
      break;
    case "ring-once":
      ringer.once();
      break;
    case "quiet":
      ringer.stop();
      unnotify();
      break;
    case "notify":
      notify(effect.number, () => phone?.answer());
      break;
    case "ask-for-notifications":
      askForNotifications();
      break;
    case "allow-notifications":
      void allowNotifications().then((words) => happen({ is: "words", words }));
      break;
    case "start-phone":
      phone?.stop();
      unsay();
      phone = new Softphone(account, microphone, speaker, listener);
      phone.start(windowId(), effect.take);
      break;
    case "stop-phone":
      phone?.stop();
      phone = undefined;
      happen({ is: "stopped", lamp: effect.lamp });
      break;
    case "use-microphone":
      if (microphone.stream) phone?.useMicrophone(microphone.stream);
      break;
    case "open-devices":
      void devices.open().then((open) => happen({ is: "devices", open }));
      break;
    case "answer":
      phone?.answer();
      break;
    case "decline":
      phone?.hangUp();
      break;
    case "hang-up":
      if (phone) happen({ is: "hung-up", done: phone.hangUp() });
      break;
    case "toggle-hold":
      if (phone && !phone.toggleHold()) happen({ is: "not-held" });
      break;
    case "toggle-mute":
      phone?.toggleMute();
      break;
    case "call":
      phone?.call(effect.number);
      break;
    case "transfer-by-telephone":
      if (phone?.transfer(effect.number)) happen({ is: "done", request: effect.request });
      else happen({ is: "not-transferred" });
      break;
    case "send-state":
      void tellState(effect.state, effect.reason, effect.thenClear);
      break;
    case "request":
      void fulfil(effect.request);
      break;
    case "ask-to-practise":
      void askToPractise();
      break;
    case "ask-sign-in":
      void askSignIn();
      break;
    case "keep-dialled":
      sessionStorage.setItem(DIALLED_KEY, effect.number);
      break;
    case "forget-lost":
      sessionStorage.removeItem(LOST_KEY);
      break;
    default:
      effect satisfies never;
  }
}

async function askServer(turn: number, thenTake: boolean): Promise<void> {
  const desk = await ask<Desk>("GET", "/api/desk/current").catch(() => null);
  if (desk) happen({ is: "desk-state", turn, desk });
  if (thenTake) happen({ is: "asked-again" });
}

async function tellState(wanted: AgentState, reason: string, thenClear: boolean): Promise<void> {
  try {
    await ask("POST", "/api/agent/state", { state: wanted, reason, phone: phoneChosen() });
    if (thenClear) happen({ is: "state-taken", state: wanted });
  } catch (error) {
    happen({ is: "failed", words: (error as Error).message });
  }
}

async function fulfil(request: ControlRequest): Promise<void> {
  const { control, linkedid } = request;
  try {
    if (control.is === "step") await commands.step(linkedid, control.step);
    else if (control.is === "emergency") await commands.emergency(linkedid, control.number);
    else await commands.transfer(linkedid, control.number, control.way);
  } catch (error) {
    const status = error instanceof RefusedByServer ? error.status : null;
    happen({ is: "request-failed", request, status, words: (error as Error).message });
    return;
  }
  happen({ is: "done", request });
}

// An agent who has begun a practice call comes here from its page, and is called once the exchange knows this
// telephone: the one of the page just left may be known to it a moment longer.
async function askToPractise(): Promise<void> {
  const run = new URLSearchParams(location.search).get("practice");
  if (!run) return;
  history.replaceState(null, "", location.pathname);
  try {
    await ask("POST", `/api/practice/${encodeURIComponent(run)}/ring`);
  } catch (error) {
    happen({ is: "failed", words: (error as Error).message });
  }
}

function phoneChosen(): "browser" | "telephone" {
  return document.querySelector<HTMLInputElement>('[name="phone"]:checked')!.value as "browser" | "telephone";
}

// True: the press was ours.
function press(command: string, from?: HTMLElement): boolean {
  if (command.startsWith("panel-")) return focusPanel(Number(command.slice(-1)));
  if (command.startsWith("emergency-")) {
    const asked = document.querySelectorAll<HTMLElement>("[data-emergency]:not([hidden]) button");
    const there = asked[Number(command.slice(-1)) - 1];
    there?.click();
    return there !== undefined;
  }
  if (command === "close") {
    const open = document.querySelector("[data-drawer]:not([hidden])");
    openDrawer(null);
    return open !== null;
  }
  const there = document.querySelector<HTMLElement>(`[data-do="${command}"]`);
  if (!there || (there.closest("[hidden]") && !from)) return false;
  happen({ is: "pressed", command, number: from?.dataset.number });
  return true;
}

function showRedial(): void {
  const number = sessionStorage.getItem(DIALLED_KEY) ?? "";
  document.querySelector("[data-redial]")!.textContent = number;
  document.querySelector<HTMLButtonElement>('[data-do="redial"]')!.hidden = number === "";
}

function startForms(): void {
  document.addEventListener("click", (event) => {
    const from = (event.target as HTMLElement).closest<HTMLElement>("[data-do]");
    if (from) press(from.dataset.do!, from);
    const tone = (event.target as HTMLElement).closest<HTMLElement>("[data-tone]")?.dataset.tone;
    if (tone) phone?.press(tone);
    const colleague = (event.target as HTMLElement).closest<HTMLElement>("[data-colleague]")?.dataset.colleague;
    if (colleague) offer(colleague);
  });
  onSubmit("[data-pause]", (_, by) => happen({ is: "paused", reason: by?.value ?? "" }));
  onSubmit("[data-dial]", (form) => happen({ is: "dialled", number: numberOf(form) }));
  onSubmit("[data-transfer]", (form, by) =>
    happen({ is: "transferred", number: numberOf(form), way: (by?.value || "attended") as Way }),
  );
  for (const choice of document.querySelectorAll<HTMLInputElement>('[name="phone"]'))
    choice.addEventListener("change", () =>
      happen({ is: "chose-phone", phone: choice.value as "browser" | "telephone" }),
    );
  const hints = document.querySelector<HTMLInputElement>("[data-hints]")!;
  hints.checked = localStorage.getItem("desk-hints") !== "off";
  const showHints = (): void => {
    document.body.classList.toggle("no-hints", !hints.checked);
    localStorage.setItem("desk-hints", hints.checked ? "on" : "off");
  };
  hints.addEventListener("change", showHints);
  showHints();
}

// A colleague's name fills in whatever asks for a number.
function offer(extension: string): void {
  const drawer = state.line === "talking" ? "transfer" : "dial";
  if (document.querySelector<HTMLElement>(`[data-drawer="${drawer}"]`)!.hidden) openDrawer(drawer);
  document.querySelector<HTMLInputElement>(`[data-${drawer}] [name=number]`)!.value = extension;
}

function onSubmit(which: string, command: (form: HTMLFormElement, by: HTMLButtonElement | null) => void): void {
  document.querySelector<HTMLFormElement>(which)!.addEventListener("submit", (event) => {
    event.preventDefault();
    command(event.target as HTMLFormElement, event.submitter as HTMLButtonElement | null);
  });
}

function numberOf(form: HTMLFormElement): string {
  return String(new FormData(form).get("number") ?? "").trim();
}

function windowId(): string {
  const known = sessionStorage.getItem(WINDOW_KEY) ?? crypto.randomUUID();
  sessionStorage.setItem(WINDOW_KEY, known);
  return known;
}

async function start(): Promise<void> {
  startPanels();
  startForms();
  startKeys(press);
  state = { ...state, asked: 1 };
  await askServer(1, false);
  for (const topic of ["this-call", "order"]) document.body.addEventListener(`live:${topic}`, lookAgain);
  account = await ask<PhoneAccount>("GET", "/api/desk/phone");
  document.body.dataset.agent = account.extension;
  for (const topic of ["this-call", "this-agent"])
    document.body.addEventListener(`live:${topic}`, () => happen({ is: "changed" }));
  document.body.addEventListener("live:call", () => happen({ is: "call-news" }));
  const level = document.querySelector<HTMLMeterElement>("[data-level]")!;
  setInterval(() => {
    level.value = microphone.level();
  }, LEVEL_EVERY_MS);
  // A desk telephone needs no microphone here.
  if (phoneChosen() === "telephone") {
    carryOut({ do: "stop-phone", lamp: "off" });
    void askToPractise();
  } else await devices.open();
  happen({ is: "line-changed" });
}

dontCoverWhile(() => state.line === "talking" || state.line === "calling");
document.body.addEventListener("session:back", () => happen({ is: "signed-in" }));
document.querySelector('form[action="/sign-out"]')?.addEventListener("submit", (event) => {
  const question = signOutQuestion({ ...state, around: around() });
  if (question && !confirm(question)) event.preventDefault();
});

window.addEventListener("pagehide", () => {
  const call = phone?.line;
  if (call?.incoming && call.session.isEstablished() && call.linkedid)
    sessionStorage.setItem(LOST_KEY, JSON.stringify({ linkedid: call.linkedid, at: Date.now() }));
  phone?.leave();
});
window.addEventListener("beforeunload", (event) => {
  if (state.line === "talking") event.preventDefault();
});

void start();
