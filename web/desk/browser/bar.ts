// What the bar shows at which moment: a table, and the elements that follow it.
import { serverNow } from "../../browser/clock";
import type { Desk, DeskState } from "./api";
import type { Lamp, Line } from "./softphone";
import { isPractice, type LineState } from "./state";

const WORDS: Record<DeskState, string> = {
  offline: "离席",
  ready: "就绪，等待来电",
  paused: "暂停",
  after_call_work: "话后整理",
  ringing: "来电振铃",
  talking: "通话中",
};

const LAMPS: Record<Lamp, string> = {
  starting: "电话正在连接",
  on: "电话已接通",
  away: "电话断开，正在重连",
  elsewhere: "电话在另一个窗口",
  signed_out: "登录已结束",
  off: "用桌上话机接听",
  no_microphone: "麦克风没有打开，电话没有接通",
};

// Command → when its button is there.
const SHOWN: Record<string, (line: LineState, state: DeskState, lamp: Lamp) => boolean> = {
  answer: (line) => line === "ringing",
  decline: (line) => line === "ringing",
  hold: (line) => line === "talking",
  mute: (line) => line === "talking",
  keypad: (line) => line === "talking",
  transfer: (line, state) => line === "talking" || (line === "idle" && state === "talking"),
  "hang-up": (line, state) => line === "talking" || line === "calling" || (line === "idle" && state === "talking"),
  ready: (line, state) => line === "idle" && ["offline", "paused", "after_call_work"].includes(state),
  pause: (line, state) => line === "idle" && ["ready", "offline", "after_call_work"].includes(state),
  // A desk telephone has keys of its own.
  dial: (line, state, lamp) => line === "idle" && !["ringing", "talking"].includes(state) && lamp !== "off",
  offline: (line, state) => line === "idle" && ["ready", "paused", "after_call_work"].includes(state),
};

const TITLE = document.title;

const bar = (): HTMLElement => document.querySelector<HTMLElement>("[data-desk]")!;
const part = <T extends HTMLElement>(name: string): T => document.querySelector<T>(`[${name}]`)!;

export function button(command: string): HTMLButtonElement {
  return document.querySelector<HTMLButtonElement>(`[data-do="${command}"]`)!;
}

export function showLamp(lamp: Lamp): void {
  const where = part("data-lamp");
  where.dataset.lamp = lamp;
  where.textContent = LAMPS[lamp];
}

// The browser's own call is known sooner than the server's word about it, and goes before it.
export function showBar(desk: Desk, line: LineState, lamp: Lamp, call: Line | undefined, consulting: boolean): void {
  const state: DeskState = line === "ringing" ? "ringing" : line === "idle" ? desk.state : "talking";
  const incoming = call?.incoming ?? true;
  bar().dataset.state = state;
  bar().dataset.line = line;
  const watches = !bar().dataset.answers && state === "offline";
  part("data-state-words").textContent = line === "calling" ? "正在呼叫" : watches ? "值班" : WORDS[state];
  part("data-state-reason").textContent = line === "idle" && state === "paused" ? desk.reason : "";
  for (const [command, when] of Object.entries(SHOWN)) button(command).hidden = !when(line, state, lamp);
  const number = call?.number ?? desk.call?.caller_number ?? "";
  const there = line !== "idle" || state === "ringing" || state === "talking";
  part("data-caller").hidden = !there;
  const practice = isPractice(call?.linkedid);
  part("data-caller-words").textContent = practice ? "练习" : incoming ? "来电" : "去电";
  part("data-caller-number").textContent = number && number !== "anonymous" ? number : "未显示号码";
  part("data-emergency").hidden = state !== "talking" || !incoming || consulting || practice;
  part("data-consulting").hidden = !consulting;
  // Nobody practises with the real 110.
  if (practice) button("transfer").hidden = true;
  if (consulting) button("transfer").hidden = button("keypad").hidden = true;
  showClock(desk, line);
  showLine(line === "talking" ? call : undefined);
  const inCall = Boolean(document.body.dataset.call);
  if (part("data-rest").hidden && !inCall) document.body.dispatchEvent(new CustomEvent("desk:rest"));
  part("data-rest").hidden = inCall;
  document.title = state === "ringing" ? "☎ 来电" : TITLE;
  const [title, words] = watches ? WATCHES : desk.phone_away && state === "paused" ? NO_PHONE : REST[state];
  part("data-rest-title").textContent = title;
  part("data-rest-words").textContent = words;
}

const WATCHES: [string, string] = ["您的电话在这里响", "让这一页开着，在“值班台”点监听、耳语、插话或接管。"];
const NO_PHONE: [string, string] = [
  "您的电话没有接通",
  "来电到不了您这里，所以先不派给您。请看右上角电话的提示，用桌上话机的请检查话机；接通后自动恢复就绪，超过10分钟请自己按“就绪”。",
];

const REST: Record<DeskState, [string, string]> = {
  offline: ["您现在不接电话", "按“就绪”开始接听。"],
  ready: ["正在等待来电", "电话响时，这里显示来电人的情况。"],
  paused: ["您已暂停接听", "回来以后按“就绪”。"],
  after_call_work: ["整理上一个电话", "填完工单按“就绪”，接下一个电话。"],
  ringing: ["有电话打进来", "按 Alt A 接听。"],
  talking: ["通话中", "正在调出来电情况。"],
};

let shownLine: LineState = "idle";
let lineSince = "";

// Counts up in a state, and down in after-call work.
function showClock(desk: Desk, line: LineState): void {
  if (line !== shownLine) lineSince = serverNow().toISOString();
  shownLine = line;
  const clock = part("data-state-clock");
  delete clock.dataset.since;
  delete clock.dataset.until;
  if (line === "idle" && desk.state === "after_call_work" && desk.until) clock.dataset.until = desk.until;
  else if (line !== "idle") clock.dataset.since = lineSince;
  else if (desk.since && desk.state !== "offline") clock.dataset.since = desk.since;
  else clock.textContent = "";
}

function showLine(call: Line | undefined): void {
  const held = call?.session.isOnHold().local ?? false;
  const muted = call?.session.isMuted().audio ?? false;
  part("data-held").hidden = !held;
  part("data-muted").hidden = !muted;
  label("hold", held, "取回", "保持");
  label("mute", muted, "取消静音", "静音");
}

function label(command: string, on: boolean, when: string, otherwise: string): void {
  button(command).setAttribute("aria-pressed", String(on));
  button(command).querySelector("[data-words]")!.textContent = on ? when : otherwise;
}

// One sentence over the panels: what happened, and what to do about it. It stays until the next one;
// one of a trouble that passes (`while`) until it has passed.
export function say(
  words: string,
  how: "note" | "bad" | "while" = "note",
  act?: { words: string; command: () => void },
): void {
  const place = part("data-says");
  const line = document.createElement("p");
  line.className = how;
  if (how === "while") line.classList.add("bad");
  line.textContent = words;
  if (act) {
    const press = document.createElement("button");
    press.type = "button";
    press.textContent = act.words;
    press.addEventListener("click", () => {
      line.remove();
      act.command();
    });
    line.append(press);
  }
  const close = document.createElement("button");
  close.type = "button";
  close.className = "quiet";
  close.setAttribute("aria-label", "知道了");
  close.textContent = "×";
  close.addEventListener("click", () => line.remove());
  line.append(close);
  place.replaceChildren(line);
}

// What was only true for a while is over.
export function unsay(): void {
  document.querySelectorAll("[data-says] .while").forEach((line) => line.remove());
}

export function openDrawer(name: string | null): void {
  for (const drawer of document.querySelectorAll<HTMLElement>("[data-drawer]")) {
    const wanted = drawer.dataset.drawer === name && drawer.hidden;
    drawer.hidden = !wanted;
    button(drawer.dataset.drawer!).setAttribute("aria-expanded", String(wanted));
    if (wanted) drawer.querySelector<HTMLElement>("input, button, select")?.focus();
  }
}
