// What the server has taken stands as it was pressed until an answer that was asked for afterwards says so itself: the
// button of the step before must not come back under the thumb meanwhile. Pure.
import type { Item } from "./store";

// `taken`: the last question that had been asked when it was gone from what waits.
export interface OutboxItem extends Item {
  taken?: number;
}

// `before`: as the page had it; `stored`: what waits now; `asked`: the last question asked so far. Taken ones come first.
export function withTaken(before: OutboxItem[], stored: Item[], asked: number): OutboxItem[] {
  const waiting = new Set(stored.map((item) => item.id));
  const gone = before.filter((item) => item.refused === undefined && !waiting.has(item.id));
  return [...gone.map((item) => ({ ...item, taken: item.taken ?? asked })), ...stored];
}

// The answer to question `turn` is read: what was taken before it was asked is in it.
export function withoutRead(outbox: OutboxItem[], turn: number): OutboxItem[] {
  return outbox.filter((item) => item.taken === undefined || item.taken >= turn);
}

// Still to be sent.
export const isUnsent = (item: OutboxItem): boolean => item.refused === undefined && item.taken === undefined;
