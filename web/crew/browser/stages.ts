// The status of an order for its crew, with what waits on the phone counted in, and what comes next. Pure.
import type { ActionName, Item } from "./store";

export interface Order {
  number: string;
  title: string;
  matter: string;
  kind: string;
  urgency: string;
  state: string;
  state_name: string;
  place: string;
  latitude: number | null;
  longitude: number | null;
  position_of?: string; // a phone may still keep what an older release sent
  citizen: string;
  phones?: string[];
  came_back?: string;
  due_name: string;
  due_at: string | null;
  lamp: string;
  due_words: string;
  assigned_at: string;
  new: boolean;
  // A phone may still keep what an older release sent.
  trade?: string;
  photos: string[];
  photo_wanted?: boolean;
  voices: { person: string; received_at: string; words: string; address: string }[];
}

export interface Crew {
  at: string;
  unit: string;
  person: string;
  on_shift: boolean;
  people: string[];
  status: string;
  status_name: string;
  since: string | null;
  minutes_over: number | null;
  active: string | null;
  position: { taken_at: string; accuracy_metres: number; fresh: boolean } | null;
  position_every_seconds: number;
  orders: Order[];
  phrases: { trade?: string; done: string; public_answer: string }[];
  cannot_go?: string[];
  largest_photo_bytes?: number;
  web_push_key: string;
  reminder_trouble?: string;
}

export type Stage = "new" | "accepted" | "on_the_way" | "there" | "done" | "declined" | "aside";

export const STAGES: Record<Stage, string> = {
  new: "待接单",
  accepted: "已接单",
  on_the_way: "在路上",
  there: "在现场",
  done: "已办完",
  declined: "不能前往",
  aside: "暂停办理",
};

const AFTER: Partial<Record<ActionName, Stage>> = {
  accept: "accepted",
  on_the_way: "on_the_way",
  there: "there",
  done: "done",
  decline: "declined",
};

const NEXT: Partial<Record<Stage, [ActionName, string]>> = {
  new: ["accept", "接单"],
  accepted: ["on_the_way", "出发"],
  on_the_way: ["there", "到达现场"],
  there: ["done", "办完了"],
};

const waits = (item: Item): boolean => item.refused === undefined;

export function stageOf(order: Order, crew: Crew, outbox: Item[]): Stage {
  const mine = outbox.filter((item) => waits(item) && item.order === order.number && item.action && AFTER[item.action]);
  const last = mine.at(-1)?.action;
  if (last) return AFTER[last] as Stage;
  if (order.state === "dispatched" || order.state === "reopened") return "new";
  if (order.state === "suspended" || order.state === "escalated") return "aside";
  return crew.active === order.number && (crew.status === "on_the_way" || crew.status === "there")
    ? crew.status
    : "accepted";
}

export const nextAction = (stage: Stage): [ActionName, string] | undefined => NEXT[stage];

export function isOnShift(crew: Crew, outbox: Item[]): boolean {
  const last = outbox
    .filter((item) => waits(item) && (item.action === "start_shift" || item.action === "end_shift"))
    .at(-1);
  return last ? last.action === "start_shift" : crew.on_shift;
}
