// What the desk does when something happens: a state and an event in, a state and effects out. Pure: no element, no
// telephone, no server, no clock. desk.ts brings the events and carries the effects out, in their order.
import { choosePhone, dial, phonePutBack, pressed, requestFailed, tellPhone, transfer, wantState } from "./agent_steps";
import type { Desk } from "./api";
import { AWAY, ask, type Outcome, said, say, showCall, showing } from "./outcome";
import type { Around, Effect, Event, State } from "./state";
import { isPractice } from "./state";
import { deskStateRead, ended, lampTurned, microphone, ringing, talking } from "./telephone_steps";

const NO_DESK: Desk = {
  state: "offline",
  reason: "",
  since: null,
  until: null,
  phone: "browser",
  phone_away: false,
  linkedid: null,
  call: null,
};

export function initial(around: Around): State {
  return {
    around,
    desk: NO_DESK,
    line: "idle",
    lamp: "starting",
    shown: null,
    talkingSince: 0,
    consulting: false,
    over: null,
    asked: 0,
    readTurn: 0,
  };
}

export function step(state: State, event: Event): Outcome {
  switch (event.is) {
    case "changed":
      return ask(state);
    case "call-news":
      // The browser's telephone says which call rings. Of a desk telephone's, and of one just dialled, only this is
      // heard.
      return state.desk.phone === "telephone" || (state.line !== "idle" && state.shown === null)
        ? ask(state)
        : [state, []];
    case "desk-state":
      return deskStateRead(state, event.turn, event.desk);
    case "lamp":
      return lampTurned(state, event.lamp);
    case "stopped":
      return [{ ...state, lamp: event.lamp }, [{ do: "show-lamp", lamp: event.lamp }]];
    case "ringing":
      return ringing(state, event.call);
    case "calling":
      return showing({ ...state, line: "calling" });
    case "talking":
      return talking(state, event.call, event.held);
    case "line-changed":
      return showing(state);
    case "ended":
      return ended(state, event.call, event.cause, event.byUs);
    case "sound":
      return event.lost
        ? said(state, "声音断了，正在恢复。如果十秒内没有恢复，来电人会回到您的电话或排队。", "while")
        : [state, [{ do: "unsay" }]];
    case "refused":
      return showing(state, [
        say("与电话系统没有联系上，刚才那一步没有办成。通话还在，请继续说；连上后再按一次。", "bad"),
      ]);
    case "hung-up":
      if (event.done === "later") return said(state, `${AWAY}连上后自动挂断。再按一次挂断，就不挂了。`, "while");
      return event.done === "not" ? said(state, `${AWAY}不会自动挂断了。`, "while") : [state, []];
    case "not-held":
      return said(state, "上一步还没有办好，请稍候再按。");
    case "pressed":
      return pressed(state, event.command, event.number ?? "");
    case "paused":
      return wantState(state, "paused", event.reason);
    case "dialled":
      return dial(state, event.number);
    case "transferred":
      return transfer(state, event.number, event.way);
    case "chose-phone":
      return choosePhone(state, event.phone);
    case "state-taken": {
      const clears = event.state !== "paused" && state.line === "idle" && isPractice(state.shown);
      return clears ? showCall(state, null) : [state, []];
    }
    case "devices":
      return event.open ? tellPhone(state, []) : phonePutBack(state, "telephone", []);
    case "microphone":
      return microphone(state, event.open, event.words);
    case "done": {
      const words: Effect[] = event.request.words ? [say(event.request.words)] : [];
      return event.request.consults ? showing({ ...state, consulting: true }, words) : [state, words];
    }
    case "failed":
      return said(state, event.words, "bad");
    case "request-failed":
      return requestFailed(state, event.request, event.status, event.words);
    case "not-transferred":
      return said(state, `${AWAY}现在转不了，连上后再按。`, "bad");
    case "words":
      return said(state, event.words);
    case "asked-again":
      return [state, state.around.signedOut ? [] : [{ do: "start-phone", take: true }]];
    case "signed-in": {
      const [next, effects] = ask(state);
      return [next, state.lamp === "signed_out" ? [...effects, { do: "start-phone", take: true }] : effects];
    }
  }
}
