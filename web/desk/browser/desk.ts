// The agent's desk: puts telephone, state, panels and keys together.

import { askSignIn, dontCoverWhile, isSignedOut } from "../../browser/session";
import { isSilent } from "../../browser/socket";
import { ask, type Desk, type PhoneAccount, Refused } from "./api";
import { type LineState, lampNow, openDrawer, say, showBar, showLamp, unsay } from "./bar";
import { Deeds, type Step, type Way } from "./deeds";
import { startKeys } from "./keys";
import { allowNotices, askForNotices, notify, unnotify } from "./notices";
import { announceAnswered, focusPanel, isPractice, lookAgain, showCall, shownCall, startPanels } from "./panels";
import { type Lamp, type Line, Softphone } from "./softphone";
import { Devices, Microphone, Ringer } from "./sound";

const WINDOW_KEY = "desk-window";
const LOST_KEY = "desk-lost";
// Of this window only: the next who signs in at this computer need not see whom one called.
const DIALLED_KEY = "desk-dialled";
const BACK_WITHIN_MS = 60_000;
const LEVEL_EVERY_MS = 100;

let desk: Desk = {
  state: "offline",
  reason: "",
  since: null,
  until: null,
  phone: "browser",
  phone_away: false,
  linkedid: null,
  call: null,
};
let line: LineState = "idle";
let phone: Softphone | undefined;
let account: PhoneAccount;
const ringer = new Ringer();
const microphone = new Microphone();
const speaker = document.querySelector<HTMLAudioElement>("[data-remote]")!;
const devices = new Devices(microphone, speaker, changeMicrophone);

// When the call in hand was answered in this browser.
let talkingSince = 0;
const HEARD_OF_WITHIN_MS = 10_000;
const deeds = new Deeds(
  (words) => say(words),
  () => line === "talking" && Date.now() - talkingSince < HEARD_OF_WITHIN_MS,
);
// A third person was asked into the call in hand.
let consulting = false;
// The call that ended last in this browser: the server's word about it comes a moment later.
let over: string | null = null;

let asked = 0;
let told = 0;

async function refresh(): Promise<void> {
  const turn = ++asked;
  let now: Desk;
  try {
    now = await ask<Desk>("GET", "/api/desk/current");
  } catch {
    return;
  }
  // Answers may overtake one another; what was asked earlier is older news.
  if (turn < told) return;
  told = turn;
  desk = now;
  // What rings or is spoken in this browser is shown already; the server's word counts for a desk telephone.
  const linkedid = phone?.line?.linkedid ?? desk.linkedid;
  // A practice call has no wrap-up: its form stays until the agent asks for citizens again or another call comes.
  if (linkedid !== null || (line === "idle" && !isPractice(shownCall()))) showCall(linkedid);
  show();
}

function show(): void {
  const late =
    line === "idle" && over !== null && desk.linkedid === over && ["ringing", "talking"].includes(desk.state);
  const now: Desk = late ? { ...desk, state: "wrap_up", since: null, until: null } : desk;
  if (line === "idle" && now.state !== "talking") consulting = false;
  showBar(now, line, phone?.line, consulting);
}

function callInHand(): string {
  return shownCall() ?? "";
}

const listener = {
  lamp(lamp: Lamp): void {
    // Each try to connect says again that it is away: that must not take the place of what the agent's last key was
    // answered with.
    const isNews = lamp !== lampNow();
    showLamp(lamp);
    show();
    if (["on", "elsewhere"].includes(lamp)) void askToPractise();
    if (lamp === "on") unsay();
    if (lamp === "away" && isNews)
      say(
        line === "talking"
          ? "与电话系统的连接断了，正在重连。通话还在，请继续说，静音照常；保持、转接要等连上，挂断会在连上后办。"
          : "与电话系统的连接断了，正在重连。这段时间电话打不进来。",
        "while",
      );
    if (lamp === "elsewhere")
      say("您的电话在另一个窗口或另一台电脑上。这里只能看，不能接。", "while", {
        words: "改在这里接听",
        deed: () => startPhone(true),
      });
    if (lamp === "signed_out") {
      quiet();
      // Closed because the former session is over, while a new one is there already.
      if (!isSignedOut()) void refresh().then(() => !isSignedOut() && startPhone(true));
    }
  },
  ringing(call: Line): void {
    if (comesBack(call)) {
      phone?.answer();
      return;
    }
    line = "ringing";
    over = null;
    ringer.start();
    notify(call.number, () => phone?.answer());
    if (call.linkedid) showCall(call.linkedid);
    show();
  },
  calling(): void {
    line = "calling";
    show();
  },
  talking(call: Line): void {
    line = "talking";
    talkingSince = Date.now();
    quiet();
    openDrawer(null);
    announceAnswered();
    show();
    if (sessionStorage.getItem(LOST_KEY)) {
      sessionStorage.removeItem(LOST_KEY);
      say("页面刷新前的通话已经接回，可以继续。");
    }
    if (call.incoming && !call.session.isOnHold().local) focusPanel(2);
  },
  changed: show,
  ended(call: Line, cause: string, byUs: boolean): void {
    const was = line;
    line = "idle";
    over = ["taken", "signed_out"].includes(cause) ? null : call.linkedid;
    quiet();
    if (phone && !microphone.stream) changeMicrophone(undefined, "");
    openDrawer(null);
    const words = endWords(call, cause, byUs, was);
    if (words) say(words, was === "talking" && !byUs && cause !== "Terminated" ? "bad" : "told");
    show();
    void refresh();
    // What was not asked over the call is asked after it.
    if (isSignedOut()) void askSignIn();
  },
  soundLost(lost: boolean): void {
    if (lost) say("声音断了，正在恢复。如果十秒内没有恢复，来电人会回到您的电话或排队。", "while");
    else unsay();
  },
  refused(): void {
    say("与电话系统没有联系上，刚才那一步没有办成。通话还在，请继续说；连上后再按一次。", "bad");
    show();
  },
};

// The very call that this page lost by being reloaded: it is taken up again without asking.
function comesBack(call: Line): boolean {
  const lost = JSON.parse(sessionStorage.getItem(LOST_KEY) ?? "null") as { linkedid: string; at: number } | null;
  return lost !== null && lost.linkedid === call.linkedid && Date.now() - lost.at < BACK_WITHIN_MS;
}

function endWords(call: Line, cause: string, byUs: boolean, was: LineState): string {
  if (cause === "taken") return "通话已交给另一个窗口。";
  if (cause === "signed_out")
    return was === "ringing"
      ? "登录已结束，这个来电没有接到，转给同事或回到排队。登录后可以接下一个。"
      : "登录已结束，没有打出去。登录后再拨一次。";
  if (was !== "talking" && byUs && phone && !phone.isReachable)
    return was === "ringing" ? "电话断开了，这个来电转给同事或回到排队。" : "没有打出去：电话断开了，正在重连。";
  if (was === "calling" && byUs) return "";
  if (was === "ringing")
    return cause === "Canceled" ? `没有接到：${call.number || "未显示号码"}。来电人挂断了，或电话已转给其他同事。` : "";
  if (was === "calling" && !byUs) return CALL_FAILED[cause] ?? `没有打通（${cause}）。`;
  if (cause === "Terminated") return byUs ? "" : "对方已挂断。";
  if (cause === "Dialog Error") return "电话系统重新启动过，这个通话已经断了。来电人如再打来，会看到这次的办理单。";
  return "通话意外中断。来电人没有丢：他会回到您的电话或排队。";
}

const CALL_FAILED: Record<string, string> = {
  Busy: "对方正忙。",
  Rejected: "对方没有接。",
  Unavailable: "对方的电话不在线，或一直没有人接。",
  "Not Found": "没有这个号码。",
  "Request Timeout": "电话系统没有回应，请稍后再拨。",
  Canceled: "",
};

function quiet(): void {
  ringer.stop();
  unnotify();
}

// Why nobody could ring this browser; who says that he is ready must be reachable.
const UNREACHABLE: Partial<Record<Lamp, string>> = {
  starting: "电话还在连接。接通后再按“就绪”。",
  away: "电话断开了，正在重连，来电到不了这里。接通后再按“就绪”。",
  no_microphone: "麦克风没有打开，来电到不了这里。请接好耳麦后刷新页面；或者在“声音”里改用桌上的话机。",
};

async function setState(state: "ready" | "paused" | "offline", reason = ""): Promise<void> {
  openDrawer(null);
  const trouble = state === "ready" ? UNREACHABLE[lampNow()] : undefined;
  if (trouble) {
    say(trouble, "bad");
    return;
  }
  if ((await tellState(state, reason)) && state !== "paused" && line === "idle" && isPractice(shownCall()))
    showCall(null);
}

// Whether the server has taken it.
async function tellState(state: "ready" | "paused" | "offline", reason: string): Promise<boolean> {
  try {
    await ask("POST", "/api/agent/state", { state, reason, phone: phoneChosen() });
    return true;
  } catch (error) {
    say((error as Error).message, "bad");
    return false;
  }
}

function phoneChosen(): "browser" | "telephone" {
  return document.querySelector<HTMLInputElement>('[name="phone"]:checked')!.value as "browser" | "telephone";
}

// True: the press was ours.
function press(deed: string, from?: HTMLElement): boolean {
  if (deed.startsWith("panel-")) return focusPanel(Number(deed.slice(-1)));
  if (deed.startsWith("emergency-")) {
    const asked = document.querySelectorAll<HTMLElement>("[data-emergency]:not([hidden]) button")[
      Number(deed.slice(-1)) - 1
    ];
    asked?.click();
    return asked !== undefined;
  }
  if (deed === "close") {
    const open = document.querySelector("[data-drawer]:not([hidden])");
    openDrawer(null);
    return open !== null;
  }
  const there = document.querySelector<HTMLElement>(`[data-do="${deed}"]`);
  if (!there || (there.closest("[hidden]") && !from)) return false;
  switch (deed) {
    case "answer":
      if (phone && !phone.isReachable) say("电话断开了，正在重连，现在接不起来。", "bad");
      else phone?.answer();
      break;
    case "decline":
      phone?.hangUp();
      break;
    case "hang-up":
      if (phone?.line) hangUp(phone);
      // At a desk telephone: he alone leaves where a third is there.
      else void attempt(() => deeds.step(callInHand(), consulting ? "hand-over" : "hang-up"));
      break;
    case "hold":
      if (phone) hold(phone);
      break;
    case "mute":
      phone?.toggleMute();
      break;
    case "ready":
      askForNotices();
      void setState("ready");
      break;
    case "offline":
      void setState("offline");
      break;
    case "emergency":
      void bringIn(() => emergency(from!.dataset.number!), `正在接通 ${from!.dataset.number}，请不要挂断。`);
      break;
    case "join":
    case "send-back":
    case "hand-over":
      void attempt(() => deeds.step(callInHand(), deed as Step));
      if (deed !== "join") consulting = false;
      show();
      break;
    case "redial":
      dial(sessionStorage.getItem(DIALLED_KEY) ?? "");
      break;
    case "try-ring":
      ringer.once();
      break;
    case "allow-notices":
      void allowNotices().then((words) => say(words));
      break;
    default:
      if (deed === "dial") showRedial();
      openDrawer(deed);
  }
  return true;
}

const AWAY = "与电话系统的连接断了，正在重连。通话还在，请继续说；";

function hold(with_: Softphone): void {
  // A server that holds the line and answers no more would leave him waiting for half a minute.
  if (!with_.isReachable || isSilent()) say(`${AWAY}现在不能保持和取回，连上后再按。`, "while");
  else if (!with_.toggleHold()) say("上一步还没有办好，请稍候再按。");
}

function hangUp(with_: Softphone): void {
  const done = with_.hangUp();
  if (done === "later") say(`${AWAY}连上后自动挂断。再按一次挂断，就不挂了。`, "while");
  if (done === "not") say(`${AWAY}不会自动挂断了。`, "while");
}

// Where the server cannot do it, the telephone itself passes the citizen on.
async function orByTelephone(deed: () => Promise<void>, number: string): Promise<void> {
  try {
    await deed();
  } catch (error) {
    const away = error instanceof Refused && (error.status === 0 || error.status === 404 || error.status >= 500);
    if (!away || !phone?.line) throw error;
    if (!phone.transfer(number)) throw new Refused(0, `${AWAY}现在转不了，连上后再按。`);
  }
}

function emergency(number: string): Promise<void> {
  return orByTelephone(() => deeds.emergency(callInHand(), number), number);
}

async function bringIn(deed: () => Promise<void>, done: string): Promise<void> {
  if (!(await attempt(deed, done))) return;
  consulting = true;
  show();
}

// Whether it was done, or is being done.
async function attempt(deed: () => Promise<unknown>, done = ""): Promise<boolean> {
  try {
    await deed();
    if (done) say(done);
    return true;
  } catch (error) {
    say((error as Error).message, "bad");
    return false;
  }
}

function showRedial(): void {
  const number = sessionStorage.getItem(DIALLED_KEY) ?? "";
  document.querySelector("[data-redial]")!.textContent = number;
  document.querySelector<HTMLButtonElement>('[data-do="redial"]')!.hidden = number === "";
}

function dial(number: string): void {
  const plain = number.replace(/[\s-]/g, (sign) => (sign === "-" && /^[a-z]/.test(number) ? sign : ""));
  if (!/^([0-9*#+]{2,20}|[a-z]+-[a-z0-9-]+)$/.test(plain)) {
    say("号码不对：请只填数字，或车组代号。", "bad");
    return;
  }
  sessionStorage.setItem(DIALLED_KEY, plain);
  openDrawer(null);
  if (lampNow() === "on") phone?.call(plain);
  else say("电话没有接通，现在拨不出去。请看右上角电话的提示。", "bad");
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
  onSubmit("[data-pause]", (_, by) => void setState("paused", by?.value ?? ""));
  onSubmit("[data-dial]", (form) => dial(numberOf(form)));
  onSubmit("[data-transfer]", (form, by) => {
    const number = numberOf(form);
    openDrawer(null);
    const way = (by?.value || "attended") as Way;
    const deed = (): Promise<void> => deeds.transfer(callInHand(), number, way);
    if (way === "blind") void attempt(() => orByTelephone(deed, number), `正在转给 ${number}。`);
    else void bringIn(deed, `正在呼叫 ${number}。`);
  });
  document
    .querySelectorAll<HTMLInputElement>('[name="phone"]')
    .forEach((choice) => choice.addEventListener("change", () => void choosePhone(choice)));
  const hints = document.querySelector<HTMLInputElement>("[data-hints]")!;
  hints.checked = localStorage.getItem("desk-hints") !== "off";
  const showHints = (): void => {
    document.body.classList.toggle("no-hints", !hints.checked);
    localStorage.setItem("desk-hints", hints.checked ? "on" : "off");
  };
  hints.addEventListener("change", showHints);
  showHints();
}

// Where the telephone rings from now on; what he said of himself stays.
async function choosePhone(choice: HTMLInputElement): Promise<void> {
  const before = document.querySelector<HTMLInputElement>(`[name="phone"]:not([value="${choice.value}"])`)!;
  const busy = line !== "idle" || ["ringing", "talking", "wrap_up"].includes(desk.state);
  if (busy) say("通话和整理结束以后再换电话。", "bad");
  if (busy || (choice.value === "browser" && !(await devices.open()))) {
    before.checked = true;
    if (before.value === "telephone") stopPhone();
    return;
  }
  if (choice.value === "telephone") stopPhone();
  const state = desk.state === "ready" || desk.phone_away ? "ready" : desk.state === "paused" ? "paused" : "offline";
  await tellState(state, state === "paused" ? desk.reason : "");
}

// A colleague's name fills in whatever asks for a number.
function offer(extension: string): void {
  const drawer = line === "talking" ? "transfer" : "dial";
  if (document.querySelector<HTMLElement>(`[data-drawer="${drawer}"]`)!.hidden) openDrawer(drawer);
  document.querySelector<HTMLInputElement>(`[data-${drawer}] [name=number]`)!.value = extension;
}

function onSubmit(which: string, deed: (form: HTMLFormElement, by: HTMLButtonElement | null) => void): void {
  document.querySelector<HTMLFormElement>(which)!.addEventListener("submit", (event) => {
    event.preventDefault();
    deed(event.target as HTMLFormElement, event.submitter as HTMLButtonElement | null);
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

function startPhone(take: boolean): void {
  phone?.stop();
  unsay();
  phone = new Softphone(account, microphone, speaker, listener);
  phone.start(windowId(), take);
}

function stopPhone(): void {
  phone?.stop();
  phone = undefined;
  showLamp("off");
}

// Who has begun a practice call comes here from its page, and is rung once the exchange knows this telephone: the one of
// the page that he has left may be known to it a moment longer.
async function askToPractise(): Promise<void> {
  const run = new URLSearchParams(location.search).get("practice");
  if (!run) return;
  history.replaceState(null, "", location.pathname);
  await attempt(() => ask("POST", `/api/practice/${encodeURIComponent(run)}/ring`));
}

async function start(): Promise<void> {
  startPanels();
  startForms();
  startKeys(press);
  await refresh();
  for (const topic of ["this-call", "order"]) document.body.addEventListener(`live:${topic}`, lookAgain);
  account = await ask<PhoneAccount>("GET", "/api/desk/phone");
  document.body.dataset.agent = account.extension;
  for (const topic of ["this-call", "this-agent"])
    document.body.addEventListener(`live:${topic}`, () => void refresh());
  // The browser's telephone says which call rings. Of a desk telephone's, and of one just dialled, only this is heard.
  document.body.addEventListener("live:call", () => {
    if (desk.phone === "telephone" || (line !== "idle" && shownCall() === null)) void refresh();
  });
  const level = document.querySelector<HTMLMeterElement>("[data-level]")!;
  setInterval(() => (level.value = microphone.level()), LEVEL_EVERY_MS);
  // A desk telephone needs no microphone here.
  if (phoneChosen() === "telephone") {
    stopPhone();
    void askToPractise();
  } else await devices.open();
  show();
}

// Without a microphone no call could be answered: the telephone is not there either. A call that goes on is kept.
function changeMicrophone(stream: MediaStream | undefined, words: string): void {
  if (words) say(words, stream ? "told" : "bad");
  if (phoneChosen() === "telephone") return;
  if (stream && !phone) startPhone(false);
  else if (stream) phone?.useMicrophone(stream);
  else if (line === "idle") {
    stopPhone();
    showLamp("no_microphone");
  }
}

dontCoverWhile(() => line === "talking" || line === "calling");
document.body.addEventListener("session:back", () => {
  void refresh();
  if (lampNow() === "signed_out") startPhone(true);
});
// Who signs out is rung no more, whichever telephone he has.
document.querySelector('form[action="/sign-out"]')?.addEventListener("submit", (event) => {
  if (desk.state === "offline" && line === "idle") return;
  const talks =
    line === "talking" || desk.state === "talking"
      ? phone
        ? "正在通话的来电人会回到排队。"
        : "正在进行的通话不受影响。"
      : "";
  if (!confirm(`退出后不再有来电派给您，话机也不再响。${talks}确定退出吗？`)) event.preventDefault();
});

window.addEventListener("pagehide", () => {
  const call = phone?.line;
  if (call?.incoming && call.session.isEstablished() && call.linkedid)
    sessionStorage.setItem(LOST_KEY, JSON.stringify({ linkedid: call.linkedid, at: Date.now() }));
  phone?.leave();
});
window.addEventListener("beforeunload", (event) => {
  if (line === "talking") event.preventDefault();
});

void start();
