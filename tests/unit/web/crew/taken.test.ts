// What a crew pressed, from the server's taking it to its being read back. No browser, no server.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Crew, type Order, stageOf } from "../../../../web/crew/browser/stages";
import type { Item } from "../../../../web/crew/browser/store";
import { withoutRead, withTaken } from "../../../../web/crew/browser/taken";

const pressed: Item = { id: "a", account: "unit-01", at: "", order: "1", action: "on_the_way" };
const order = { number: "1", state: "in_progress" } as Order;
const before = { active: null, status: "free" } as unknown as Crew;

test("a step that was taken stands until an answer that was asked for afterwards is read", () => {
  let outbox = withTaken([], [pressed], 3);
  outbox = withTaken(outbox, [], 4);
  assert.equal(stageOf(order, before, outbox), "on_the_way");
  outbox = withTaken(withoutRead(outbox, 4), [], 5);
  assert.equal(stageOf(order, before, outbox), "on_the_way", "asked for before it was taken");
  assert.deepEqual(withoutRead(outbox, 5), []);
});

test("the next step is behind it, and what was refused and thrown away is gone", () => {
  const next: Item = { ...pressed, id: "b", action: "there" };
  const outbox = withTaken([pressed], [next], 1);
  assert.equal(stageOf(order, before, outbox), "there");
  assert.deepEqual(withTaken([{ ...pressed, refused: "请写明依据。" }], [], 1), []);
});
