// What the form of a draft decides, without a page: what a key does, what an answer of the server means, whose text
// stays where two people wrote. Tested by node (tests/unit/web/desk/draft/rules.test.ts).

export interface Order {
  [field: string]: unknown;
  version: number;
  state: string;
}

export interface Answer {
  status: number;
  ok: boolean;
  body: Record<string, unknown> & { detail?: string; fields?: Record<string, string> };
}

// Not what was typed is to blame: too slow, too early, too many at once.
const LATER = [408, 425, 429];

export const plain = (value: unknown): string => (value === null || value === undefined ? "" : String(value));

export const percent = (share: number): string => `${Math.round(share * 100)}%`;

// Instants come as 10:00Z or 18:00+08:00; the same moment is no change.
export const same = (one: string, other: string): boolean =>
  one === other || (/^\d{4}-\d\d-\d\dT/.test(one) && /^\d{4}-/.test(other) && Date.parse(one) === Date.parse(other));

// In the city's zone, as <input type=datetime-local> wants it.
export function localInstant(iso: string): string {
  const moment = Date.parse(iso);
  return Number.isNaN(moment) ? "" : new Date(moment + 8 * 3600_000).toISOString().slice(0, 16);
}

// The urgency is never blank: an ordinary one is what stands there before anybody has said anything.
export const blankOf = (name: string): string => (name === "urgency" ? "normal" : "");

// A box that is not ticked says nothing either.
export const isBlank = (name: string, text: string): boolean =>
  text === "" || text === blankOf(name) || (name === "confidential" && text === "false");

export interface Key {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  shiftKey: boolean;
}

export interface KeyedField {
  state: string;
  multiline: boolean;
  checkbox: boolean;
}

export type KeyMeans = "register" | "confirm and go on" | "go on" | "confirm" | "empty" | "nothing" | null;

// Null: the key is the browser's own. "nothing": it is ours, and does nothing here.
export function keyMeans(key: Key, field: KeyedField | null): KeyMeans {
  if (key.key === "Enter" && (key.ctrlKey || key.metaKey)) return "register";
  if (!field) return null;
  const proposed = ["proposed", "conflict"].includes(field.state);
  if (key.key === "Enter" && !(field.multiline && !proposed)) return proposed ? "confirm and go on" : "go on";
  if (key.key === "Tab" && !key.shiftKey && proposed) return "confirm";
  if (key.key === "Delete" && proposed) return field.checkbox ? "nothing" : "empty";
  return null;
}

const OPEN = ["proposed", "guessed"];

// The next field that waits for a word, else simply the next; null: there is none.
export function nextField(states: readonly string[], at: number): number | null {
  const open = states.flatMap((state, place) => (OPEN.includes(state) && place !== at ? [place] : []));
  if (open.length) return open.find((place) => place > at) ?? open[0]!;
  return at + 1 < states.length ? at + 1 : null;
}

export type Saved =
  | { is: "saved"; version: number }
  | { is: "later"; message: string }
  | { is: "not saved"; message: string }
  | { is: "changed meanwhile" }
  | { is: "wrong"; fields: Record<string, string>; right: string[] };

export function savingMeans(answer: Answer | null, names: readonly string[]): Saved {
  if (answer === null || answer.status >= 500 || LATER.includes(answer.status))
    return {
      is: "later",
      message: `没有保存：${answer?.body.detail ?? "连不上服务器。"}内容还在，恢复后自动保存。`,
    };
  if (answer.status === 401) return { is: "not saved", message: "没有保存：登录已结束。内容还在，登录后自动保存。" };
  if (answer.ok) return { is: "saved", version: Number(answer.body.version) };
  if (answer.status === 409) return { is: "changed meanwhile" };
  const fields = answer.body.fields ?? {};
  const right = names.filter((name) => !fields[name]);
  // Nothing of ours is wrong, and it was not saved: that stays to be done, and is shown in the server's words.
  if (right.length === names.length)
    return { is: "not saved", message: `没有保存：${answer.body.detail ?? "服务器没有接受。"}内容还在。` };
  return { is: "wrong", fields, right };
}

// Why an order that was read again cannot be gone on with; null: it can.
export function readingMeans(answer: Answer | null): string | null {
  if (!answer?.ok) return "没有保存：工单刚被别人改动。内容还在，请按 Enter 再存一次。";
  if (answer.body.state !== "draft") return "工单已经登记，不能再在这里填写。请打开工单查看。";
  return null;
}

// Registering was refused for fields; `marked`: the labels of those still in red. None: they were filled in since.
export const refusedFor = (marked: readonly string[]): string =>
  marked.length
    ? `没有登记：请看标红的${marked.length}项（${marked.join("、")}）。`
    : "刚才没有登记：缺的几项现在都有了，请核对后再按一次。";

// Where no field of the form is to blame.
export function registeringMeans(answer: Answer | null): string {
  if (answer === null) return "连不上服务器，没有登记。请再按一次。";
  if (answer.status === 409) return "工单刚被别人改动，没有登记。请核对后再按一次。";
  const elsewhere = Object.values(answer.body.fields ?? {}).join("");
  return `没有登记：${elsewhere || (answer.body.detail ?? "服务器没有接受。")}`;
}

export const clashWords = (theirs: string): string =>
  `别人刚把这一项改成“${theirs || "空"}”。再改一次或按 Enter，就以您的为准。`;

export type Merged = "unchanged" | "agreed" | "clash" | "theirs";

// What becomes of a field when the order was changed elsewhere. `base`: what the order held when we last read it;
// `mine`: what stands in the field; `waiting`: whether that is still to be saved.
export function merge(theirs: string, base: string, mine: string, waiting: boolean): Merged {
  if (same(theirs, base)) return "unchanged";
  if (same(theirs, mine)) return "agreed";
  return waiting ? "clash" : "theirs";
}

export type Filled = "show" | "clear" | "leave";

// Whether a proposal may come into a field, or the one that stands there must go. `found`: whether there is one.
export function fillMeans(state: string, blank: boolean, found: boolean): Filled {
  if (state !== "plain" && !OPEN.includes(state)) return "leave";
  if (found) return state === "proposed" || blank ? "show" : "leave";
  return OPEN.includes(state) ? "clear" : "leave";
}
