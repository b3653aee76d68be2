// What the desk does when the agent presses, dials, passes a call on or changes the telephone.

import type { Way } from "./commands";
import { AWAY, type Outcome, said, say, showing } from "./outcome";
import type { Lamp } from "./softphone";
import type { AgentState, Control, ControlRequest, Effect, State } from "./state";

// Why nobody could ring this browser; an agent who gets ready must be reachable.
const UNREACHABLE: Partial<Record<Lamp, string>> = {
  starting: "电话还在连接。接通后再按“就绪”。",
  away: "电话断开了，正在重连，来电到不了这里。接通后再按“就绪”。",
  no_microphone: "麦克风没有打开，来电到不了这里。接好耳麦会自动接上；也可以在“声音”里改用桌上的话机。",
};

export function pressed(state: State, command: string, number: string): Outcome {
  const { phone, silent, call, dialled } = state.around;
  switch (command) {
    case "answer":
      return phone === "unreachable"
        ? said(state, "电话断开了，正在重连，现在接不起来。", "bad")
        : [state, [{ do: "answer" }]];
    case "decline":
      return [state, [{ do: "decline" }]];
    case "hang-up":
      if (call) return [state, [{ do: "hang-up" }]];
      // At a desk telephone: the agent alone leaves where a third is there.
      return [state, [request(state, { is: "step", step: state.consulting ? "hand-over" : "hang-up" })]];
    case "hold":
      if (phone === "none") return [state, []];
      // A server that holds the line and answers no more would leave the citizen waiting for half a minute.
      return phone === "unreachable" || silent
        ? said(state, `${AWAY}现在不能保持和取回，连上后再按。`, "while")
        : [state, [{ do: "toggle-hold" }]];
    case "mute":
      return [state, [{ do: "toggle-mute" }]];
    case "ready": {
      const [next, effects] = wantState(state, "ready");
      return [next, [{ do: "ask-for-notifications" }, ...effects]];
    }
    case "offline":
      return wantState(state, "offline");
    case "emergency": {
      const words = `正在接通 ${number}，请不要挂断。`;
      return [state, [request(state, { is: "emergency", number }, { words, consults: true, byTelephone: number })]];
    }
    case "join":
    case "send-back":
    case "hand-over": {
      const asked = request(state, { is: "step", step: command });
      return showing(command === "join" ? state : { ...state, consulting: false }, [asked]);
    }
    case "redial":
      return dial(state, dialled);
    case "try-ring":
      return [state, [{ do: "ring-once" }]];
    case "allow-notifications":
      return [state, [{ do: "allow-notifications" }]];
    case "dial":
      return [state, [{ do: "show-redial" }, { do: "open-drawer", drawer: command }]];
    default:
      return [state, [{ do: "open-drawer", drawer: command }]];
  }
}

function request(state: State, control: Control, more: Partial<ControlRequest> = {}): Effect {
  return { do: "request", request: { linkedid: state.shown ?? "", control, words: "", consults: false, ...more } };
}

export function wantState(state: State, wanted: AgentState, reason = ""): Outcome {
  const closes: Effect = { do: "open-drawer", drawer: null };
  const trouble = wanted === "ready" ? UNREACHABLE[state.lamp] : undefined;
  if (trouble) return [state, [closes, say(trouble, "bad")]];
  return [state, [closes, { do: "send-state", state: wanted, reason, thenClear: true }]];
}

export function dial(state: State, number: string): Outcome {
  // A crew's code keeps its dashes.
  const plain = number.replace(/[\s-]/g, (sign) => (sign === "-" && /^[a-z]/.test(number) ? sign : ""));
  if (!/^([0-9*#+]{2,20}|[a-z]+-[a-z0-9-]+)$/.test(plain))
    return said(state, "号码不对：请只填数字，或值班电话的代号。", "bad");
  const calls: Effect =
    state.lamp === "on"
      ? { do: "call", number: plain }
      : say("电话没有接通，现在拨不出去。请看右上角电话的提示。", "bad");
  return [state, [{ do: "keep-dialled", number: plain }, { do: "open-drawer", drawer: null }, calls]];
}

export function transfer(state: State, number: string, way: Way): Outcome {
  const more: Partial<ControlRequest> =
    way === "blind"
      ? { words: `正在转给 ${number}。`, byTelephone: number }
      : { words: `正在呼叫 ${number}。`, consults: true };
  return [state, [{ do: "open-drawer", drawer: null }, request(state, { is: "transfer", number, way }, more)]];
}

export function requestFailed(state: State, failed: ControlRequest, status: number | null, words: string): Outcome {
  const serverAway = status !== null && (status === 0 || status === 404 || status >= 500);
  const number = failed.byTelephone;
  if (number === undefined || !serverAway || !state.around.call) return said(state, words, "bad");
  return [state, [{ do: "transfer-by-telephone", request: failed, number }]];
}

// Where the telephone rings from now on; the agent's state stays.
export function choosePhone(state: State, phone: "browser" | "telephone"): Outcome {
  const busy = state.line !== "idle" || ["ringing", "talking", "after_call_work"].includes(state.desk.state);
  const before = phone === "browser" ? "telephone" : "browser";
  if (busy) return phonePutBack(state, before, [say("通话和整理结束以后再换电话。", "bad")]);
  if (phone === "browser") return [state, [{ do: "open-devices" }]];
  return tellPhone(state, [{ do: "stop-phone", lamp: "off" }]);
}

export function phonePutBack(state: State, phone: "browser" | "telephone", before: Effect[]): Outcome {
  const stops: Effect[] = phone === "telephone" ? [{ do: "stop-phone", lamp: "off" }] : [];
  return [state, [...before, { do: "put-phone-back", phone }, ...stops]];
}

export function tellPhone(state: State, before: Effect[]): Outcome {
  const { state: now, phone_away, reason } = state.desk;
  const wanted = now === "ready" || phone_away ? "ready" : now === "paused" ? "paused" : "offline";
  const sends: Effect = {
    do: "send-state",
    state: wanted,
    reason: wanted === "paused" ? reason : "",
    thenClear: false,
  };
  return [state, [...before, sends]];
}

// What is asked of an agent who signs out; null: nothing. Nobody rings then any more, at whichever telephone.
export function signOutQuestion({ desk, line, around }: State): string | null {
  if (desk.state === "offline" && line === "idle") return null;
  const spoken = line === "talking" || desk.state === "talking";
  const talks = around.phone === "none" ? "正在进行的通话不受影响。" : "正在通话的来电人会回到排队。";
  return `退出后不再有来电派给您，电话也不再响。${spoken ? talks : ""}确定退出吗？`;
}
