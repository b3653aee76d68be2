// What every step is made of: the state after it and the effects, and the few that recur.
import type { Desk } from "./api";
import type { Effect, How, State } from "./state";

export type Outcome = [State, Effect[]];

export const AWAY = "与电话系统的连接断了，正在重连。通话还在，请继续说；";

export function say(words: string, how: How = "note"): Effect {
  return { do: "say", words, how };
}

export function said(state: State, words: string, how: How = "note"): Outcome {
  return [state, [say(words, how)]];
}

export function ask(state: State): Outcome {
  const turn = state.asked + 1;
  return [{ ...state, asked: turn }, [{ do: "ask", turn }]];
}

export function showCall(state: State, linkedid: string | null): Outcome {
  return [{ ...state, shown: linkedid }, [{ do: "show-call", linkedid }]];
}

// What the bar shows. The server's word about a call that has just ended here comes a moment later.
export function deskShown({ desk, line, over }: State): Desk {
  const late =
    line === "idle" && over !== null && desk.linkedid === over && ["ringing", "talking"].includes(desk.state);
  return late ? { ...desk, state: "after_call_work", since: null, until: null } : desk;
}

// The effects so far, and the bar after them.
export function showing(state: State, before: Effect[] = []): Outcome {
  const alone = state.line === "idle" && deskShown(state).state !== "talking";
  return [alone ? { ...state, consulting: false } : state, [...before, { do: "show" }]];
}
