// Sends what waits, in the order in which it was done. Each item goes under its own id until the server has said what
// became of it, so that nothing is lost and nothing is taken twice. What the server cannot take now is passed by, kept with
// the reason and sent again later; what it refuses is kept with the reason until a person has decided about it.
import { fitting } from "../../browser/photo";
import type { Crew } from "./stages";
import { fixes, type Item, items, kept, put, remove, removeFixes } from "./store";

// "all": all was tried whose time it was.
export type Sent = "all" | "offline" | "signed_out";
type Became = "taken" | "refused" | "later" | "no_answer" | "signed_out";

const FIXES_AT_ONCE = 500;
const LIMIT_MS = 60_000;
const SLOW_BYTES_PER_SECOND = 10_000;
const PROBE_MS = 10_000;
const FIRST_PAUSE_MS = 15_000;
const LONGEST_PAUSE_MS = 30 * 60_000;
// How often an action is tried before later ones of the same order overtake it; each of them implies those before it.
const TRIES_BEFORE_PASSED = 3;
// Not the item's fault: too busy, too early, behind a proxy that wants something.
const LATER = [408, 421, 425, 429];

// One sender at a time, be it this page, another tab or the service worker. `all`: what waits for its time too.
export function sendWaiting(changed: () => void = () => {}, all = false): Promise<Sent> {
  return navigator.locks.request("crew-outbox", async () => {
    const account = await kept<string>("account");
    const stuck = new Set<string>();
    for (const item of await items()) {
      if (item.refused !== undefined || item.account !== account) continue;
      const behind = item.action !== undefined && item.order !== undefined && stuck.has(item.order);
      const early = !all && item.retry_at !== undefined && Date.now() < item.retry_at;
      if (!behind && !early) {
        const became = await send(item);
        if (became === "signed_out") return became;
        if (became === "no_answer" && !(await reachable())) return "offline";
        if (became === "no_answer") await putOff(item, "发送中断，没有收到服务器的答复");
        changed();
        if (became === "taken" || became === "refused") continue;
      }
      if (item.action !== undefined && item.order !== undefined && (item.tries ?? 0) < TRIES_BEFORE_PASSED)
        stuck.add(item.order);
    }
    return sendFixes();
  });
}

async function send(item: Item): Promise<Became> {
  const content = item.file && (await contentOf(item.file));
  const answer = await ask(
    ...(item.file && content ? fileRequest(item, item.file, content) : commandRequest(item)),
    content?.size,
  );
  if (!answer) return "no_answer";
  if (answer.status === 401) return "signed_out";
  const body = (await answer.json().catch(() => undefined)) as
    | { state?: string; reason?: string; detail?: string }
    | undefined;
  if (answer.ok && body === undefined) {
    // Not our server's words: a portal of the network, or an answer that was cut.
    await putOff(item, "没有收到服务器的完整答复");
    return "later";
  }
  if (answer.status >= 500 || answer.redirected || LATER.includes(answer.status)) {
    await putOff(
      item,
      `${body?.detail ?? "服务器暂时不能处理"}（${answer.status}）`,
      answer.headers.get("Retry-After"),
    );
    return "later";
  }
  const refused = answer.ok
    ? body?.state === "refused"
      ? body.reason
      : undefined
    : (body?.detail ?? `服务器没有接受（${answer.status}）。`);
  if (refused === undefined) await remove(item.seq as number);
  else await put({ ...item, refused, trouble: undefined, retry_at: undefined });
  return refused === undefined ? "taken" : "refused";
}

async function putOff(item: Item, trouble: string, retryAfter: string | null = null): Promise<void> {
  item.tries = (item.tries ?? 0) + 1;
  item.trouble = trouble;
  const asked = Number(retryAfter ?? 0) * 1000 || 0;
  const pause = Math.max(asked, FIRST_PAUSE_MS * 2 ** (item.tries - 1));
  item.retry_at = Date.now() + Math.min(pause, LONGEST_PAUSE_MS);
  await put(item);
}

// Whether the server is there at all: then it was the item that did not get through, and the next may.
async function reachable(): Promise<boolean> {
  try {
    await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(PROBE_MS) });
    return true;
  } catch {
    return false;
  }
}

function commandRequest(item: Item): [string, RequestInit] {
  const body = { id: item.id, action: item.action, done_at: item.at, order: item.order ?? null, ...item.fields };
  return ["/api/crew/actions", json(body)];
}

// The phone keeps the photo as it was taken, until the server has it.
async function contentOf(file: NonNullable<Item["file"]>): Promise<Blob> {
  if (file.kind === "voice") return file.content;
  return fitting(file.content, (await kept<Crew>("crew"))?.largest_photo_bytes ?? 0);
}

function fileRequest(item: Item, file: NonNullable<Item["file"]>, body: Blob): [string, RequestInit] {
  const query = new URLSearchParams({ kind: file.kind, name: file.name, client_id: item.id, taken_at: item.at });
  const headers = { "Content-Type": "application/octet-stream" };
  return [`/api/orders/${item.order}/attachments?${query}`, { method: "POST", body, headers }];
}

async function sendFixes(): Promise<Sent> {
  const some = await fixes(FIXES_AT_ONCE);
  if (!some.length) return "all";
  const answer = await ask("/api/crew/positions", json({ fixes: some }));
  if (!answer) return "offline";
  if (answer.status === 401) return "signed_out";
  // Positions that the server cannot take now are sent with the next ones; they hold up nothing.
  if (answer.ok || answer.status === 422) await removeFixes(some);
  return "all";
}

function json(body: object): RequestInit {
  return { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
}

async function ask(address: string, how: RequestInit, size = 0): Promise<Response | undefined> {
  try {
    return await fetch(address, {
      ...how,
      signal: AbortSignal.timeout(LIMIT_MS + (size / SLOW_BYTES_PER_SECOND) * 1000),
    });
  } catch {
    return undefined;
  }
}
