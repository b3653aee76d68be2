// What the desk does about its telephone and the calls on it, and about the server's word.

import type { Desk } from "./api";
import { ask, type Outcome, say, showCall, showing } from "./outcome";
import type { Lamp } from "./softphone";
import type { Around, Call, Effect, LineState, State } from "./state";
import { isPractice } from "./state";

const BACK_WITHIN_MS = 60_000;

const HEARD_OF_WITHIN_MS = 10_000;

const CALL_FAILED: Record<string, string> = {
  Busy: "对方正忙。",
  Rejected: "对方没有接。",
  Unavailable: "对方的电话不在线，或一直没有人接。",
  "Not Found": "没有这个号码。",
  "Request Timeout": "电话系统没有回应，请稍后再拨。",
  Canceled: "",
};

export function deskStateRead(state: State, turn: number, desk: Desk): Outcome {
  // Answers may overtake one another; what was asked earlier is older news.
  if (turn < state.readTurn) return [state, []];
  const next: State = { ...state, readTurn: turn, desk };
  // What rings or is spoken in this browser is shown already; the server's word counts for a desk telephone.
  const linkedid = state.around.call?.linkedid ?? desk.linkedid;
  // A practice call has no after-call-work: its form stays until the agent asks for citizens again or another call comes.
  const stays = linkedid === null && (state.line !== "idle" || isPractice(state.shown));
  return stays ? showing(next) : showing(...showCall(next, linkedid));
}

export function lampTurned(state: State, lamp: Lamp): Outcome {
  // Each try to connect says again that it is away: that must not take the place of what the agent's last key was
  // answered with.
  const isNews = lamp !== state.lamp;
  const [next, effects] = showing({ ...state, lamp }, [{ do: "show-lamp", lamp }]);
  if (lamp === "on") return [next, [...effects, { do: "ask-to-practise" }, { do: "unsay" }]];
  if (lamp === "away" && isNews)
    return [
      next,
      [
        ...effects,
        say(
          state.line === "talking"
            ? "与电话系统的连接断了，正在重连。通话还在，请继续说，静音照常；保持、转接要等连上，挂断会在连上后办。"
            : "与电话系统的连接断了，正在重连。这段时间电话打不进来。",
          "while",
        ),
      ],
    ];
  if (lamp === "elsewhere") {
    const words = "您的电话在另一个窗口或另一台电脑上。这里只能看，不能接。";
    return [next, [...effects, { do: "ask-to-practise" }, { do: "say", words, how: "while", offer: "take-phone" }]];
  }
  if (lamp !== "signed_out") return [next, effects];
  // Closed because the former session is over, while a new one may be there already.
  if (next.around.signedOut) return [next, [...effects, { do: "quiet" }]];
  const turn = next.asked + 1;
  return [{ ...next, asked: turn }, [...effects, { do: "quiet" }, { do: "ask", turn, thenTake: true }]];
}

export function ringing(state: State, call: Call): Outcome {
  if (comesBack(state.around, call)) return [state, [{ do: "answer" }]];
  const effects: Effect[] = [{ do: "ring" }, { do: "notify", number: call.number }];
  const next: State = { ...state, line: "ringing", over: null };
  if (!call.linkedid) return showing(next, effects);
  const [there, shows] = showCall(next, call.linkedid);
  return showing(there, [...effects, ...shows]);
}

// The very call that this page lost by being reloaded: it is taken up again without asking.
function comesBack({ lost, now }: Around, call: Call): boolean {
  return lost !== null && lost.linkedid === call.linkedid && now - lost.at < BACK_WITHIN_MS;
}

export function talking(state: State, call: Call, held: boolean): Outcome {
  const [next, effects] = showing({ ...state, line: "talking", talkingSince: state.around.now }, [
    { do: "quiet" },
    { do: "open-drawer", drawer: null },
    { do: "announce-answered" },
  ]);
  if (state.around.lost) effects.push({ do: "forget-lost" }, say("页面刷新前的通话已经接回，可以继续。"));
  if (call.incoming && !held) effects.push({ do: "focus-panel", panel: 2 });
  return [next, effects];
}

// Answered in this browser so short a time ago that the server may not have heard of it.
export function isJustAnswered({ line, talkingSince }: State, now: number): boolean {
  return line === "talking" && now - talkingSince < HEARD_OF_WITHIN_MS;
}

export function ended(state: State, call: Call, cause: string, byUs: boolean): Outcome {
  const was = state.line;
  // Of a call dialled here only the server says which it is.
  const linkedid = call.linkedid ?? (call.incoming ? null : state.desk.linkedid);
  const next: State = { ...state, line: "idle", over: ["taken", "signed_out"].includes(cause) ? null : linkedid };
  const effects: Effect[] = [{ do: "quiet" }];
  const { phone, microphone: there, chosen, signedOut } = state.around;
  // Pulled out in mid-call: the telephone was kept for the call only.
  const stops = phone !== "none" && !there && chosen === "browser";
  if (stops) effects.push({ do: "stop-phone", lamp: "no_microphone" });
  effects.push({ do: "open-drawer", drawer: null });
  const words = endWords(call, cause, byUs, was, phone === "unreachable" && !stops);
  if (words) effects.push(say(words, was === "talking" && !byUs && cause !== "Terminated" ? "bad" : "note"));
  const [quiet, shows] = showing(next, effects);
  const [asking, asks] = ask(quiet);
  // What was not asked over the call is asked after it.
  return [asking, [...shows, ...asks, ...(signedOut ? [{ do: "ask-sign-in" } as const] : [])]];
}

function endWords(call: Call, cause: string, byUs: boolean, was: LineState, isAway: boolean): string {
  if (cause === "taken") return "通话已交给另一个窗口。";
  if (cause === "signed_out")
    return was === "ringing"
      ? "登录已结束，这个来电没有接到，转给同事或回到排队。登录后可以接下一个。"
      : "登录已结束，没有打出去。登录后再拨一次。";
  if (was !== "talking" && byUs && isAway)
    return was === "ringing" ? "电话断开了，这个来电转给同事或回到排队。" : "没有打出去：电话断开了，正在重连。";
  if (was === "ringing" && cause === "Canceled")
    return `没有接到：${call.number || "未显示号码"}。来电人挂断了，或电话已转给其他同事。`;
  if (was === "ringing") return "";
  if (was === "calling") return byUs ? "" : (CALL_FAILED[cause] ?? `没有打通（${cause}）。`);
  if (cause === "Terminated") return byUs ? "" : "对方已挂断。";
  if (cause === "Dialog Error") return "电话系统重新启动过，这个通话已经断了。来电人如再打来，会看到这次的工单。";
  return "通话意外中断。来电人没有丢：他会回到您的电话或排队。";
}

// Without a microphone no call could be answered: the telephone is not there either. A call that goes on is kept.
export function microphone(state: State, open: boolean, words: string): Outcome {
  const effects: Effect[] = words ? [say(words, open ? "note" : "bad")] : [];
  if (state.around.chosen === "telephone") return [state, effects];
  if (open) effects.push(state.around.phone === "none" ? { do: "start-phone", take: false } : { do: "use-microphone" });
  else if (state.line === "idle") effects.push({ do: "stop-phone", lamp: "no_microphone" });
  return [state, effects];
}
