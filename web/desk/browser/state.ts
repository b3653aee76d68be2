// What the desk knows, what may happen to it, and what it can do: the words that step.ts and desk.ts share.
import type { Desk } from "./api";
import type { Step, Way } from "./commands";
import type { Lamp } from "./softphone";

export type LineState = "idle" | "ringing" | "calling" | "talking";

// A call at the telephone in the browser, as far as anything is decided by it.
export interface Call {
  linkedid: string | null;
  number: string;
  incoming: boolean;
}

// What holds around the page; desk.ts reads it again before each step.
export interface Around {
  // Milliseconds of the epoch.
  now: number;
  // The telephone in the browser, and whether the exchange can be reached through it now.
  phone: "none" | "reachable" | "unreachable";
  // The call that this telephone has, ringing or spoken.
  call: Call | null;
  // The live connection has said nothing for too long.
  silent: boolean;
  signedOut: boolean;
  // Where the agent's calls ring.
  chosen: "browser" | "telephone";
  microphone: boolean;
  // The number dialled last in this window; empty: none.
  dialled: string;
  // The call that this page had when it was reloaded.
  lost: { linkedid: string; at: number } | null;
}

export interface State {
  readonly around: Around;
  // The server's word.
  readonly desk: Desk;
  readonly line: LineState;
  readonly lamp: Lamp;
  // The call that the panels show.
  readonly shown: string | null;
  // When the call in hand was answered in this browser.
  readonly talkingSince: number;
  // A third person was asked into the call in hand.
  readonly consulting: boolean;
  // The call that ended last in this browser: the server's word about it comes a moment later.
  readonly over: string | null;
  // Which question to the server was asked last, and which was answered last.
  readonly asked: number;
  readonly readTurn: number;
}

export type AgentState = "ready" | "paused" | "offline";

// What the server is asked to do with the call in hand.
export type Control =
  | { is: "step"; step: Step }
  | { is: "emergency"; number: string }
  | { is: "transfer"; number: string; way: Way };

export interface ControlRequest {
  linkedid: string;
  control: Control;
  // Said when the server has taken it.
  words: string;
  // A third person is in the call from then on.
  consults: boolean;
  // Where the server cannot do it, the telephone itself passes the citizen on to this number.
  byTelephone?: string;
}

export type Event =
  // Something may have changed at the server.
  | { is: "changed" }
  | { is: "call-news" }
  | { is: "desk-state"; turn: number; desk: Desk }
  // The telephone.
  | { is: "lamp"; lamp: Lamp }
  | { is: "stopped"; lamp: Lamp }
  | { is: "ringing"; call: Call }
  | { is: "calling" }
  | { is: "talking"; call: Call; held: boolean }
  | { is: "line-changed" }
  | { is: "ended"; call: Call; cause: string; byUs: boolean }
  | { is: "sound"; lost: boolean }
  | { is: "refused" }
  | { is: "hung-up"; done: "now" | "later" | "not" }
  | { is: "not-held" }
  // The agent.
  | { is: "pressed"; command: string; number?: string }
  | { is: "paused"; reason: string }
  | { is: "dialled"; number: string }
  | { is: "transferred"; number: string; way: Way }
  | { is: "chose-phone"; phone: "browser" | "telephone" }
  // What became of an effect.
  | { is: "state-taken"; state: AgentState }
  | { is: "devices"; open: boolean }
  | { is: "microphone"; open: boolean; words: string }
  | { is: "done"; request: ControlRequest }
  | { is: "failed"; words: string }
  // Status: the server's answer, 0 without one; null: not refused, but something else went wrong.
  | { is: "request-failed"; request: ControlRequest; status: number | null; words: string }
  | { is: "not-transferred" }
  | { is: "words"; words: string }
  // The session.
  | { is: "asked-again" }
  | { is: "signed-in" };

export type How = "note" | "bad" | "while";

export type Effect =
  // `thenTake`: the telephone is taken back once the answer is there.
  | { do: "ask"; turn: number; thenTake?: true }
  // The page.
  | { do: "show" }
  | { do: "show-lamp"; lamp: Lamp }
  | { do: "show-call"; linkedid: string | null }
  | { do: "announce-answered" }
  | { do: "focus-panel"; panel: number }
  | { do: "open-drawer"; drawer: string | null }
  | { do: "show-redial" }
  | { do: "say"; words: string; how: How; offer?: "take-phone" }
  | { do: "unsay" }
  | { do: "put-phone-back"; phone: "browser" | "telephone" }
  // Ring tone and the system's own notifications.
  | { do: "ring" }
  | { do: "ring-once" }
  | { do: "quiet" }
  | { do: "notify"; number: string }
  | { do: "ask-for-notifications" }
  | { do: "allow-notifications" }
  // The telephone.
  | { do: "start-phone"; take: boolean }
  | { do: "stop-phone"; lamp: Lamp }
  | { do: "use-microphone" }
  | { do: "open-devices" }
  | { do: "answer" }
  | { do: "decline" }
  | { do: "hang-up" }
  | { do: "toggle-hold" }
  | { do: "toggle-mute" }
  | { do: "call"; number: string }
  | { do: "transfer-by-telephone"; request: ControlRequest; number: string }
  // The server.
  | { do: "send-state"; state: AgentState; reason: string; thenClear: boolean }
  | { do: "request"; request: ControlRequest }
  | { do: "ask-to-practise" }
  | { do: "ask-sign-in" }
  // What this window keeps.
  | { do: "keep-dialled"; number: string }
  | { do: "forget-lost" };

const PRACTICE = "practice-";

export function isPractice(linkedid: string | null | undefined): boolean {
  return linkedid?.startsWith(PRACTICE) ?? false;
}

export function practiceRun(linkedid: string): string {
  return linkedid.slice(PRACTICE.length);
}
