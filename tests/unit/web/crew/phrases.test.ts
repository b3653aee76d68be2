// One tap on a phrase, and what a crew says beside it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { claimsMore } from "../../../../web/crew/browser/phrases";

const phrases = [{ done: "更换灯头，试亮正常。", public_answer: "您反映的路灯已修复。" }];
const said = { title: "", at: 0, done: "更换灯头，试亮正常。", public_answer: "您反映的路灯已修复。" };

test("a phrase that tells of success does not go out with what is not solved", () => {
  assert.equal(claimsMore({ ...said, solved: false }, phrases), true);
  assert.equal(
    claimsMore({ ...said, done: "灯头缺货。", public_answer: " 您反映的路灯已修复。 ", solved: false }, phrases),
    true,
  );
  assert.equal(claimsMore({ ...said, solved: true }, phrases), false);
  assert.equal(claimsMore(said, phrases), false);
});

test("what a crew has put in its own words goes out as it is", () => {
  const own = {
    ...said,
    done: "灯头缺货，明天再来。",
    public_answer: "您反映的路灯还没有修好，明天更换。",
    solved: false,
  };
  assert.equal(claimsMore(own, phrases), false);
});
