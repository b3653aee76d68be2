// The desk as a machine: conversations of events and effects. No browser, no telephone, no server.
import assert from "node:assert/strict";
import { test } from "node:test";
import { signOutQuestion } from "../../../../web/desk/browser/agent_steps";
import type { Desk } from "../../../../web/desk/browser/api";
import { deskShown } from "../../../../web/desk/browser/outcome";
import type { Lamp } from "../../../../web/desk/browser/softphone";
import type { Around, Call, Effect, Event, State } from "../../../../web/desk/browser/state";
import { initial, step } from "../../../../web/desk/browser/step";
import { isJustAnswered } from "../../../../web/desk/browser/telephone_steps";

const NOW = Date.UTC(2026, 10, 21, 6, 0);
const AROUND: Around = {
  now: NOW,
  phone: "reachable",
  call: null,
  silent: false,
  signedOut: false,
  chosen: "browser",
  microphone: true,
  dialled: "",
  lost: null,
};
const CALL: Call = { linkedid: "qufu-1.1", number: "13900001234", incoming: true };

// A desk to which things happen, one after another, and what it did about the last.
class Played {
  effects: Effect[] = [];

  constructor(public state: State = initial(AROUND)) {}

  on(event: Event, around: Partial<Around> = {}): this {
    const now = { ...this.state.around, ...around };
    const [state, effects] = step({ ...this.state, around: now }, event);
    this.state = state;
    this.effects = effects;
    return this;
  }

  get did(): string[] {
    return this.effects.map((effect) => effect.do);
  }

  get said(): string | undefined {
    return this.effects.flatMap((effect) => (effect.do === "say" ? [`${effect.how}: ${effect.words}`] : [])).at(-1);
  }

  one<Do extends Effect["do"]>(what: Do): Extract<Effect, { do: Do }> {
    const found = this.effects.filter((effect): effect is Extract<Effect, { do: Do }> => effect.do === what);
    assert.equal(found.length, 1, `${what} among ${this.did}`);
    return found[0]!;
  }
}

function deskIn(state: Desk["state"], more: Partial<Desk> = {}): Desk {
  return { ...initial(AROUND).desk, state, ...more };
}

const ready = (): Played =>
  new Played().on({ is: "lamp", lamp: "on" }).on({ is: "desk-state", turn: 1, desk: deskIn("ready") });
const inCall = (): Played =>
  ready().on({ is: "ringing", call: CALL }, { call: CALL }).on({ is: "talking", call: CALL, held: false });

test("a call rings, shows who calls, and begins its form when it is answered", () => {
  const played = ready().on({ is: "ringing", call: CALL }, { call: CALL });
  assert.deepEqual(played.effects, [
    { do: "ring" },
    { do: "notify", number: "13900001234" },
    { do: "show-call", linkedid: "qufu-1.1" },
    { do: "show" },
  ]);
  assert.deepEqual(played.on({ is: "pressed", command: "answer" }).effects, [{ do: "answer" }]);
  played.on({ is: "talking", call: CALL, held: false });
  assert.deepEqual(played.did, ["quiet", "open-drawer", "announce-answered", "show", "focus-panel"]);
  assert.equal(played.state.line, "talking");
});

test("a call that is held when it is taken up again leaves the keyboard where it is", () => {
  const played = ready().on({ is: "talking", call: CALL, held: true }, { call: CALL });
  assert.ok(!played.did.includes("focus-panel"));
});

test("the call that a reload lost is taken up without asking, for one minute", () => {
  const lost = { linkedid: "qufu-1.1", at: NOW - 59_999 };
  const played = ready().on({ is: "ringing", call: CALL }, { lost });
  assert.deepEqual(played.effects, [{ do: "answer" }]);
  played.on({ is: "talking", call: CALL, held: false });
  assert.ok(played.did.includes("forget-lost"));
  assert.match(played.said!, /已经接回/);
  for (const other of [
    { linkedid: "qufu-1.1", at: NOW - 60_000 },
    { linkedid: "qufu-2.2", at: NOW },
  ])
    assert.ok(ready().on({ is: "ringing", call: CALL }, { lost: other }).did.includes("ring"));
});

test("a call cannot be answered while the exchange is away, and the desk says so", () => {
  const played = ready().on({ is: "pressed", command: "answer" }, { phone: "unreachable" });
  assert.deepEqual(played.did, ["say"]);
  assert.match(played.said!, /^bad: .*现在接不起来/);
});

test("an older answer of the server does not overtake a newer one", () => {
  const played = new Played().on({ is: "changed" }).on({ is: "changed" });
  assert.deepEqual(played.effects, [{ do: "ask", turn: 2 }]);
  played
    .on({ is: "desk-state", turn: 2, desk: deskIn("ready") })
    .on({ is: "desk-state", turn: 1, desk: deskIn("offline") });
  assert.deepEqual(played.effects, []);
  assert.equal(played.state.desk.state, "ready");
});

test("what rings here goes before the server's word; a desk telephone's call is shown by the server's", () => {
  const elsewhere = deskIn("talking", { linkedid: "qufu-9.9" });
  assert.equal(inCall().on({ is: "desk-state", turn: 2, desk: elsewhere }).one("show-call").linkedid, "qufu-1.1");
  assert.equal(ready().on({ is: "desk-state", turn: 2, desk: elsewhere }).one("show-call").linkedid, "qufu-9.9");
});

test("a practice form stays after its call, until the agent asks for citizens again", () => {
  const practice: Call = { ...CALL, linkedid: "practice-7" };
  const played = ready()
    .on({ is: "ringing", call: practice }, { call: practice })
    .on({ is: "talking", call: practice, held: false })
    .on({ is: "ended", call: practice, cause: "Terminated", byUs: false }, { call: null })
    .on({ is: "desk-state", turn: 2, desk: deskIn("paused") });
  assert.deepEqual(played.did, ["show"]);
  assert.deepEqual(played.on({ is: "state-taken", state: "paused" }).effects, []);
  assert.deepEqual(played.on({ is: "state-taken", state: "ready" }).effects, [{ do: "show-call", linkedid: null }]);
});

test("news of a call is asked after only where this browser's telephone cannot say it", () => {
  assert.deepEqual(ready().on({ is: "call-news" }).did, []);
  assert.deepEqual(inCall().on({ is: "call-news" }).did, []);
  assert.deepEqual(ready().on({ is: "calling" }).on({ is: "call-news" }).did, ["ask"]);
  const telephone = deskIn("ready", { phone: "telephone" });
  assert.deepEqual(ready().on({ is: "desk-state", turn: 2, desk: telephone }).on({ is: "call-news" }).did, ["ask"]);
});

test("the server's late word about the call that has just ended shows as the after-call-work", () => {
  const played = inCall().on({ is: "ended", call: CALL, cause: "Terminated", byUs: true }, { call: null });
  const late = deskIn("talking", { linkedid: "qufu-1.1", since: "2026-11-21T06:00:00Z" });
  played.on({ is: "desk-state", turn: 2, desk: late });
  assert.equal(deskShown(played.state).state, "after_call_work");
  assert.equal(deskShown(played.state).since, null);
  played.on({ is: "desk-state", turn: 3, desk: { ...late, linkedid: "qufu-2.2" } });
  assert.equal(deskShown(played.state).state, "talking");
});

test("the server's late word about a call dialled here does not take the dial button away again", () => {
  const call: Call = { linkedid: null, number: "600", incoming: false };
  const talks = deskIn("talking", { linkedid: "qufu-3.1" });
  const played = ready().on({ is: "calling" }).on({ is: "talking", call, held: false }, { call });
  played.on({ is: "desk-state", turn: 2, desk: talks });
  played.on({ is: "ended", call, cause: "Terminated", byUs: true }, { call: null });
  assert.equal(deskShown(played.state).state, "after_call_work");
  played.on({ is: "desk-state", turn: 3, desk: talks });
  assert.equal(deskShown(played.state).state, "after_call_work");
  played.on({ is: "desk-state", turn: 4, desk: deskIn("ready") });
  assert.equal(deskShown(played.state).state, "ready");
});

test("a lost connection is told once, and by what it means for the call in hand", () => {
  assert.match(ready().on({ is: "lamp", lamp: "away" }).said!, /^while: .*电话打不进来/);
  const played = inCall().on({ is: "lamp", lamp: "away" });
  assert.match(played.said!, /通话还在，请继续说，静音照常/);
  assert.equal(played.on({ is: "lamp", lamp: "away" }).said, undefined);
  assert.ok(played.on({ is: "lamp", lamp: "on" }).did.includes("unsay"));
});

test("a telephone in another window can be taken over here", () => {
  const played = ready().on({ is: "lamp", lamp: "elsewhere" });
  assert.equal(played.one("say").offer, "take-phone");
});

test("a session replaced by a new one takes the telephone back, one that is over waits for the sign-in", () => {
  const replaced = ready().on({ is: "lamp", lamp: "signed_out" });
  assert.equal(replaced.one("ask").thenTake, true);
  assert.deepEqual(replaced.on({ is: "asked-again" }).effects, [{ do: "start-phone", take: true }]);
  const over = ready().on({ is: "lamp", lamp: "signed_out" }, { signedOut: true });
  assert.ok(!over.did.includes("ask"));
  assert.deepEqual(over.on({ is: "asked-again" }).effects, []);
  assert.deepEqual(over.on({ is: "signed-in" }, { signedOut: false }).did, ["ask", "start-phone"]);
  assert.deepEqual(ready().on({ is: "signed-in" }).did, ["ask"]);
});

test("a call that outlived its session asks for the sign-in when it has ended", () => {
  const ended: Event = { is: "ended", call: CALL, cause: "Terminated", byUs: false };
  assert.ok(inCall().on(ended, { call: null, signedOut: true }).did.includes("ask-sign-in"));
  assert.ok(!inCall().on(ended, { call: null }).did.includes("ask-sign-in"));
});

const ENDS: [string, "ringing" | "calling" | "talking", string, boolean, Partial<Around>, RegExp | undefined][] = [
  ["the other side hangs up", "talking", "Terminated", false, {}, /^note: 对方已挂断/],
  ["we hang up", "talking", "Terminated", true, {}, undefined],
  ["the exchange has started again", "talking", "Dialog Error", false, {}, /^bad: 电话系统重新启动过/],
  ["the sound breaks", "talking", "RTP Timeout", false, {}, /^bad: 通话意外中断。来电人没有丢/],
  ["another window takes it", "talking", "taken", true, {}, /^note: 通话已交给另一个窗口/],
  ["the citizen hangs up before", "ringing", "Canceled", false, {}, /^note: 没有接到：13900001234/],
  ["the agent declines", "ringing", "Rejected", true, {}, undefined],
  ["the exchange is away as it rings", "ringing", "Canceled", true, { phone: "unreachable" }, /这个来电转给同事/],
  ["the session ends as it rings", "ringing", "signed_out", true, {}, /登录后可以接下一个/],
  ["the exchange is away as we dial", "calling", "Canceled", true, { phone: "unreachable" }, /没有打出去：电话断开/],
  ["the session ends as we dial", "calling", "signed_out", true, {}, /登录后再拨一次/],
  ["they are busy", "calling", "Busy", false, {}, /^note: 对方正忙/],
  ["it fails in a way unheard of", "calling", "Unheard", false, {}, /没有打通（Unheard）/],
  ["we give up dialling", "calling", "Canceled", true, {}, undefined],
];

for (const [name, line, cause, byUs, around, words] of ENDS)
  test(`what is said when a call ends: ${name}`, () => {
    const played = new Played({ ...ready().state, line }).on({ is: "ended", call: CALL, cause, byUs }, around);
    assert.equal(played.state.line, "idle");
    assert.deepEqual(played.did.slice(0, 2), ["quiet", "open-drawer"]);
    assert.ok(played.did.includes("ask"));
    if (words) assert.match(played.said ?? "", words);
    else assert.equal(played.said, undefined);
  });

test("a microphone pulled out in a call takes the telephone away only after it", () => {
  const played = inCall().on({ is: "microphone", open: false, words: "没有找到麦克风。" }, { microphone: false });
  assert.deepEqual(played.did, ["say"]);
  played.on({ is: "ended", call: CALL, cause: "Terminated", byUs: false }, { call: null });
  assert.equal(played.one("stop-phone").lamp, "no_microphone");
});

test("a microphone starts the telephone, changes it in a call, and is nothing to a desk telephone", () => {
  const opened: Event = { is: "microphone", open: true, words: "" };
  assert.deepEqual(new Played().on(opened, { phone: "none" }).effects, [{ do: "start-phone", take: false }]);
  assert.deepEqual(ready().on(opened).effects, [{ do: "use-microphone" }]);
  assert.deepEqual(ready().on(opened, { chosen: "telephone" }).effects, []);
});

test("who cannot be rung is not made ready, and hears why", () => {
  for (const lamp of ["starting", "away", "no_microphone"] satisfies Lamp[]) {
    const played = new Played({ ...ready().state, lamp }).on({ is: "pressed", command: "ready" });
    assert.deepEqual(played.did, ["ask-for-notifications", "open-drawer", "say"], lamp);
    assert.match(played.said!, /^bad: /);
    assert.deepEqual(played.on({ is: "pressed", command: "offline" }).one("send-state").state, "offline");
  }
  assert.equal(ready().on({ is: "pressed", command: "ready" }).one("send-state").state, "ready");
  assert.equal(ready().on({ is: "paused", reason: "用餐" }).one("send-state").reason, "用餐");
});

test("hold and hang-up while the exchange is away are answered with what will come of them", () => {
  for (const around of [{ phone: "unreachable" }, { silent: true }] satisfies Partial<Around>[])
    assert.match(inCall().on({ is: "pressed", command: "hold" }, around).said!, /^while: .*现在不能保持和取回/);
  assert.deepEqual(inCall().on({ is: "pressed", command: "hold" }).did, ["toggle-hold"]);
  assert.deepEqual(inCall().on({ is: "pressed", command: "hang-up" }).did, ["hang-up"]);
  assert.match(inCall().on({ is: "hung-up", done: "later" }).said!, /连上后自动挂断/);
  assert.match(inCall().on({ is: "hung-up", done: "not" }).said!, /不会自动挂断了/);
  assert.equal(inCall().on({ is: "hung-up", done: "now" }).said, undefined);
});

test("at a desk telephone the server hangs up, and leaves the third person with the citizen", () => {
  const desk = deskIn("talking", { phone: "telephone", linkedid: "qufu-1.1" });
  const played = new Played().on({ is: "desk-state", turn: 1, desk }, { phone: "none", chosen: "telephone" });
  const hangUp: Event = { is: "pressed", command: "hang-up" };
  assert.deepEqual(played.on(hangUp).one("request").request.control, { is: "step", step: "hang-up" });
  const asked = played.on({ is: "transferred", number: "8002", way: "attended" }).one("request").request;
  assert.equal(asked.linkedid, "qufu-1.1");
  played.on({ is: "done", request: asked });
  assert.equal(played.state.consulting, true);
  assert.match(played.said!, /正在呼叫 8002/);
  assert.deepEqual(played.on(hangUp).one("request").request.control, { is: "step", step: "hand-over" });
});

test("a third person stays asked in until the call is over or given on", () => {
  const asked = inCall().on({ is: "pressed", command: "emergency", number: "110" });
  const played = asked.on({ is: "done", request: asked.one("request").request });
  assert.equal(played.state.consulting, true);
  assert.equal(played.on({ is: "pressed", command: "join" }).state.consulting, true);
  assert.equal(new Played(played.state).on({ is: "pressed", command: "send-back" }).state.consulting, false);
  const over = played.on({ is: "ended", call: CALL, cause: "Terminated", byUs: false }, { call: null });
  assert.equal(over.state.consulting, false);
});

test("where the server is away the telephone itself passes the citizen on; what is refused is said", () => {
  const request = inCall().on({ is: "transferred", number: "8002", way: "blind" }).one("request").request;
  for (const status of [0, 404, 500, 503]) {
    const played = inCall().on({ is: "request-failed", request: request, status, words: "网络不通" });
    assert.equal(played.one("transfer-by-telephone").number, "8002", String(status));
    assert.match(played.on({ is: "not-transferred" }).said!, /现在转不了/);
    assert.match(played.on({ is: "done", request: request }).said!, /正在转给 8002/);
  }
  for (const status of [401, 403, 409, 422, null])
    assert.equal(inCall().on({ is: "request-failed", request: request, status, words: "不行" }).said, "bad: 不行");
  assert.equal(ready().on({ is: "request-failed", request: request, status: 0, words: "不行" }).said, "bad: 不行");
  const attended = inCall().on({ is: "transferred", number: "8002", way: "attended" }).one("request").request;
  assert.equal(inCall().on({ is: "request-failed", request: attended, status: 0, words: "不行" }).said, "bad: 不行");
});

test("a number is dialled without its spaces and dashes, a crew's code with them", () => {
  const dialled = (number: string): string => ready().on({ is: "dialled", number }).one("call").number;
  assert.equal(dialled("0537-440 1234"), "05374401234");
  assert.equal(dialled("crew-east-2"), "crew-east-2");
  for (const wrong of ["", "1", "abc", "139 0000 1234 转 5", "x".repeat(30), "1".repeat(21)])
    assert.match(ready().on({ is: "dialled", number: wrong }).said!, /^bad: 号码不对/, wrong);
  const away = new Played({ ...ready().state, lamp: "away" }).on({ is: "dialled", number: "110" });
  assert.deepEqual(away.did, ["keep-dialled", "open-drawer", "say"]);
  assert.equal(ready().on({ is: "pressed", command: "redial" }, { dialled: "110" }).one("call").number, "110");
});

test("the telephone is changed between calls only, and what the agent said of himself stays", () => {
  for (const state of ["ringing", "talking", "after_call_work"] as const) {
    const busy = ready()
      .on({ is: "desk-state", turn: 2, desk: deskIn(state) })
      .on({ is: "chose-phone", phone: "telephone" });
    assert.deepEqual(busy.did, ["say", "put-phone-back"], state);
    assert.equal(busy.one("put-phone-back").phone, "browser");
  }
  const desk = ready().on({ is: "chose-phone", phone: "telephone" });
  assert.deepEqual(desk.effects, [
    { do: "stop-phone", lamp: "off" },
    { do: "send-state", state: "ready", reason: "", thenClear: false },
  ]);
  const back = desk.on({ is: "stopped", lamp: "off" }).on({ is: "chose-phone", phone: "browser" });
  assert.deepEqual(back.did, ["open-devices"]);
  assert.deepEqual(new Played(back.state).on({ is: "devices", open: false }).did, ["put-phone-back", "stop-phone"]);
  const paused = deskIn("paused", { reason: "用餐" });
  const sends = back
    .on({ is: "desk-state", turn: 2, desk: paused })
    .on({ is: "devices", open: true })
    .one("send-state");
  assert.deepEqual([sends.state, sends.reason], ["paused", "用餐"]);
});

test("who was paused because the telephone was away is made ready at the new one", () => {
  const away = deskIn("paused", { phone_away: true, reason: "话机没有接通" });
  const played = ready().on({ is: "desk-state", turn: 2, desk: away }).on({ is: "chose-phone", phone: "telephone" });
  assert.deepEqual([played.one("send-state").state, played.one("send-state").reason], ["ready", ""]);
});

test("a sign-out asks before it leaves a citizen alone", () => {
  assert.equal(signOutQuestion(new Played().state), null);
  assert.doesNotMatch(signOutQuestion(ready().state)!, /通话/);
  assert.match(signOutQuestion(inCall().state)!, /回到排队/);
  const desk = deskIn("talking", { phone: "telephone" });
  const telephone = new Played().on({ is: "desk-state", turn: 1, desk }, { phone: "none" });
  assert.match(signOutQuestion(telephone.state)!, /不受影响/);
});

test("the server may not have heard of a call for ten seconds after it was answered here", () => {
  assert.equal(isJustAnswered(inCall().state, NOW + 9_999), true);
  assert.equal(isJustAnswered(inCall().state, NOW + 10_000), false);
  assert.equal(isJustAnswered(ready().state, NOW), false);
});

test("whatever happens in whichever state, the step is taken without a throw and changes nothing it was given", () => {
  const request = inCall().on({ is: "transferred", number: "8002", way: "blind" }).one("request").request;
  const commands = [
    "answer",
    "decline",
    "hang-up",
    "hold",
    "mute",
    "ready",
    "offline",
    "emergency",
    "join",
    "send-back",
  ];
  const events: Event[] = [
    ...[...commands, "hand-over", "redial", "try-ring", "allow-notifications", "dial", "pause", "help", "keypad"].map(
      (command): Event => ({ is: "pressed", command, number: "110" }),
    ),
    ...(["starting", "on", "away", "elsewhere", "signed_out", "off", "no_microphone"] as const).map(
      (lamp): Event => ({ is: "lamp", lamp }),
    ),
    ...(
      ["changed", "call-news", "calling", "line-changed", "refused", "not-held", "asked-again", "signed-in"] as const
    ).map((is): Event => ({ is })),
    { is: "ringing", call: CALL },
    { is: "talking", call: CALL, held: false },
    { is: "ended", call: CALL, cause: "Terminated", byUs: false },
    { is: "done", request },
    { is: "request-failed", request, status: 0, words: "网络不通" },
  ];
  for (const line of ["idle", "ringing", "calling", "talking"] as const)
    for (const phone of ["none", "reachable", "unreachable"] as const)
      for (const event of events) {
        const before = Object.freeze({ ...ready().state, line, around: Object.freeze({ ...AROUND, phone }) });
        const [after, effects] = step(before, event);
        assert.ok(["idle", "ringing", "calling", "talking"].includes(after.line));
        assert.ok(effects.every((effect) => typeof effect.do === "string"));
      }
});
