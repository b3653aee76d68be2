// What a page concludes about its session from answers in whatever order they come. No browser, no server.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SessionKnown } from "../../../../web/browser/session_known";

test("the first refusal tells that the session has ended, and the others say nothing new", () => {
  const known = new SessionKnown();
  const [first, second] = [known.turn, known.turn];
  assert.equal(known.refused(first), "ended");
  assert.equal(known.refused(second), "known");
  assert.equal(known.refused(known.turn), "known");
  assert.equal(known.away, true);
});

test("a refusal of what was asked before the sign-in, and answered after it, ends nothing", () => {
  const known = new SessionKnown();
  const [early, late] = [known.turn, known.turn];
  known.refused(early);
  const betweenTimes = known.turn;
  assert.equal(known.cameBack(), true);
  for (const asked of [late, betweenTimes]) assert.equal(known.refused(asked), "old");
  assert.equal(known.away, false);
});

test("the session after that can end as well, and only what was asked under it tells so", () => {
  const known = new SessionKnown();
  known.refused(known.turn);
  known.cameBack();
  const asked = known.turn;
  assert.equal(known.refused(asked), "ended");
  known.cameBack();
  assert.equal(known.refused(asked), "old");
});

test("another's sign-in is as good as none until this page's own account is back", () => {
  const known = new SessionKnown();
  const asked = known.turn;
  known.isAnothers("agent2");
  assert.deepEqual([known.away, known.other, known.refused(asked)], [true, "agent2", "known"]);
  assert.equal(known.cameBack(), true);
  assert.deepEqual([known.away, known.other, known.refused(asked)], [false, "", "old"]);
  assert.equal(known.cameBack(), false);
});

test("who puts the sign-in off has put off this one, and not the next", () => {
  const known = new SessionKnown();
  known.refused(known.turn);
  known.postponed = true;
  assert.equal(known.refused(known.turn), "known");
  assert.equal(known.postponed, true);
  known.cameBack();
  assert.equal(known.postponed, false);
});
