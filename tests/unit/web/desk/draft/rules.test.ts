// What the form of a draft decides. No browser, no server.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Answer, Key } from "../../../../../web/desk/browser/draft/rules";
import {
  blankOf,
  fillMeans,
  isBlank,
  keyMeans,
  localInstant,
  merge,
  nextField,
  readingMeans,
  refusedFor,
  registeringMeans,
  same,
  savingMeans,
} from "../../../../../web/desk/browser/draft/rules";

const key = (name: string, more: Partial<Key> = {}): Key => ({
  key: name,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  ...more,
});
const field = (state: string, more: { multiline?: boolean; checkbox?: boolean } = {}) => ({
  state,
  multiline: false,
  checkbox: false,
  ...more,
});
const answer = (status: number, body: Answer["body"] = {}): Answer => ({ status, ok: status < 300, body });

test("enter confirms what is proposed or disputed and goes on; in a text of several lines it is a line break", () => {
  for (const state of ["proposed", "conflict"]) {
    assert.equal(keyMeans(key("Enter"), field(state)), "confirm and go on");
    assert.equal(keyMeans(key("Enter"), field(state, { multiline: true })), "confirm and go on");
  }
  assert.equal(keyMeans(key("Enter"), field("plain")), "go on");
  assert.equal(keyMeans(key("Enter"), field("mine", { multiline: true })), null);
});

test("tab confirms what is proposed, but not on the way back", () => {
  assert.equal(keyMeans(key("Tab"), field("proposed")), "confirm");
  assert.equal(keyMeans(key("Tab", { shiftKey: true }), field("proposed")), null);
  assert.equal(keyMeans(key("Tab"), field("plain")), null);
});

test("no key confirms a guess: it is chosen or written by a person", () => {
  assert.equal(keyMeans(key("Enter"), field("guessed")), "go on");
  assert.equal(keyMeans(key("Tab"), field("guessed")), null);
  assert.equal(keyMeans(key("Delete"), field("guessed")), null);
});

test("delete empties a proposal, and never unticks a box", () => {
  assert.equal(keyMeans(key("Delete"), field("proposed")), "empty");
  assert.equal(keyMeans(key("Delete"), field("proposed", { checkbox: true })), "nothing");
  assert.equal(keyMeans(key("Delete"), field("mine")), null);
});

test("ctrl or command with enter registers, wherever one is", () => {
  assert.equal(keyMeans(key("Enter", { ctrlKey: true }), null), "register");
  assert.equal(keyMeans(key("Enter", { metaKey: true }), field("proposed")), "register");
  assert.equal(keyMeans(key("Enter"), null), null);
});

test("one goes on to the next field that waits for a word, round to the first, else simply to the next", () => {
  assert.equal(nextField(["proposed", "plain", "plain", "proposed"], 1), 3);
  assert.equal(nextField(["proposed", "plain", "plain"], 1), 0);
  assert.equal(nextField(["mine", "plain", "guessed"], 0), 2);
  assert.equal(nextField(["mine", "guessed", "proposed"], 1), 2);
  assert.equal(nextField(["mine", "plain", "plain"], 0), 1);
  assert.equal(nextField(["mine", "plain"], 1), null);
});

test("what the server could not take now is tried again by itself, and says so", () => {
  for (const status of [408, 425, 429, 500, 503]) {
    assert.equal(savingMeans(answer(status), ["title"]).is, "later", String(status));
  }
  const none = savingMeans(null, ["title"]);
  assert.equal(none.is, "later");
  assert.match(none.is === "later" ? none.message : "", /连不上服务器/);
});

test("a sign-in that has ended, and a refusal that blames no field of ours, stay to be saved by a person", () => {
  assert.equal(savingMeans(answer(401), ["title"]).is, "not saved");
  const refused = savingMeans(answer(422, { detail: "工单太大", fields: { place: "太长" } }), ["title"]);
  assert.deepEqual(refused, { is: "not saved", message: "没有保存：工单太大内容还在。" });
});

test("one wrong field does not keep the right ones from being saved", () => {
  const wrong = savingMeans(answer(422, { fields: { place: "太长" } }), ["title", "place", "matter"]);
  assert.deepEqual(wrong, { is: "wrong", fields: { place: "太长" }, right: ["title", "matter"] });
});

test("what was saved gives the new version; what was changed meanwhile is read again", () => {
  assert.deepEqual(savingMeans(answer(200, { version: 7 }), ["title"]), { is: "saved", version: 7 });
  assert.deepEqual(savingMeans(answer(409), ["title"]), { is: "changed meanwhile" });
});

test("an order that is no draft any more is not written in", () => {
  assert.equal(readingMeans(answer(200, { state: "draft" })), null);
  assert.match(readingMeans(answer(200, { state: "registered" }))!, /已经登记/);
  assert.match(readingMeans(null)!, /再存一次/);
});

test("why registering failed is said in words that tell what to do", () => {
  assert.match(registeringMeans(null), /再按一次/);
  assert.match(registeringMeans(answer(409)), /核对后再按一次/);
  assert.equal(registeringMeans(answer(422, { detail: "缺少地点。" })), "没有登记：缺少地点。");
  const nowhere = answer(422, { detail: "填写的内容有误。", fields: { office: "没有这个单位。" } });
  assert.equal(registeringMeans(nowhere), "没有登记：没有这个单位。");
});

test("what was missing as one registered, and was heard since, is no mistake any more", () => {
  assert.equal(refusedFor(["地点", "事项类别"]), "没有登记：请看标红的2项（地点、事项类别）。");
  assert.match(refusedFor([]), /现在都有了，请核对后再按一次/);
});

test("what a colleague wrote comes into fields that nobody works in; where both wrote, a person decides", () => {
  assert.equal(merge("路灯", "路灯", "路灯不亮", true), "unchanged");
  assert.equal(merge("路灯不亮", "路灯", "路灯不亮", true), "agreed");
  assert.equal(merge("井盖", "路灯", "路灯不亮", true), "clash");
  assert.equal(merge("井盖", "路灯", "路灯", false), "theirs");
});

test("the same moment in another zone is no change", () => {
  assert.ok(same("2026-11-30T10:00:00Z", "2026-11-30T18:00:00+08:00"));
  assert.ok(!same("2026-11-30T10:00:00Z", "2026-11-30T10:00:00+08:00"));
  assert.ok(!same("2026", "2027"));
  assert.equal(merge("2026-11-30T10:00:00Z", "2026-11-30T18:00:00+08:00", "", true), "unchanged");
  assert.equal(localInstant("2026-11-30T10:00:00Z"), "2026-11-30T18:00");
  assert.equal(localInstant(""), "");
});

test("a proposal comes only into a field that nobody has touched", () => {
  assert.equal(fillMeans("plain", true, true), "show");
  assert.equal(fillMeans("plain", false, true), "leave");
  assert.equal(fillMeans("proposed", false, true), "show");
  assert.equal(fillMeans("proposed", false, false), "clear");
  for (const state of ["mine", "confirmed", "conflict"]) assert.equal(fillMeans(state, true, true), "leave", state);
  assert.ok(isBlank("urgency", "normal"));
  assert.equal(blankOf("urgency"), "normal");
  assert.equal(blankOf("title"), "");
  assert.ok(isBlank("confidential", "false"));
  assert.ok(!isBlank("confidential", "true"));
  assert.ok(!isBlank("title", "normal"));
});
