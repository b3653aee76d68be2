// Answers that overtake one another. No browser, no server.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Latest } from "../../../../web/browser/live/latest";

test("an answer that was overtaken by a later one is no news, and one that never came hides none", () => {
  const reading = new Latest();
  const [first, second, third] = [reading.ask(), reading.ask(), reading.ask()];
  assert.equal(reading.isNews(second), true);
  assert.equal(reading.isNews(first), false);
  assert.equal(reading.isNews(third), true);
});
