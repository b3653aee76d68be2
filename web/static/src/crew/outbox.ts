// Sends what waits, in the order in which it was done. Each item goes under its own id until the server has said what
// became of it, so that nothing is lost and nothing is taken twice.
import { fixes, items, kept, put, remove, removeFixes, type Item } from "./store";

export type Sent = "all" | "offline" | "signed_out";

const FIXES_AT_ONCE = 500;
const LIMIT_MS = 60_000;
const REFUSED = [400, 403, 404, 409, 413, 422];

// One sender at a time, be it this page, another tab or the service worker.
export function sendWaiting(changed: () => void = () => {}): Promise<Sent> {
  return navigator.locks.request("crew-outbox", async () => {
    const account = await kept<string>("account");
    for (const item of await items()) {
      if (item.refused !== undefined || item.account !== account) continue;
      const became = await send(item);
      if (became !== "all") return became;
      changed();
    }
    return sendFixes();
  });
}

async function send(item: Item): Promise<Sent> {
  const answer = await ask(...(item.file ? fileRequest(item, item.file) : deedRequest(item)));
  if (!answer || answer.status === 401) return answer ? "signed_out" : "offline";
  if (!answer.ok && !REFUSED.includes(answer.status)) return "offline";
  const said = (await answer.json().catch(() => ({}))) as { state?: string; reason?: string; detail?: string };
  const refused = answer.ok ? (said.state === "refused" ? said.reason : undefined) : (said.detail ?? `服务器没有接受（${answer.status}）。`);
  if (refused === undefined) await remove(item.seq as number);
  else await put({ ...item, refused });
  return "all";
}

function deedRequest(item: Item): [string, RequestInit] {
  const body = { id: item.id, deed: item.deed, done_at: item.at, order: item.order ?? null, ...item.fields };
  return ["/api/crew/deeds", json(body)];
}

function fileRequest(item: Item, file: NonNullable<Item["file"]>): [string, RequestInit] {
  const query = new URLSearchParams({ kind: file.kind, name: file.name, client_id: item.id, taken_at: item.at });
  const headers = { "Content-Type": "application/octet-stream" };
  return [`/api/orders/${item.order}/attachments?${query}`, { method: "POST", body: file.content, headers }];
}

async function sendFixes(): Promise<Sent> {
  const some = await fixes(FIXES_AT_ONCE);
  if (!some.length) return "all";
  const answer = await ask("/api/crew/positions", json({ fixes: some }));
  if (!answer || answer.status === 401) return answer ? "signed_out" : "offline";
  if (!answer.ok && answer.status !== 422) return "offline";
  await removeFixes(some);
  return "all";
}

function json(body: object): RequestInit {
  return { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
}

async function ask(address: string, how: RequestInit): Promise<Response | undefined> {
  try {
    return await fetch(address, { ...how, signal: AbortSignal.timeout(LIMIT_MS) });
  } catch {
    return undefined;
  }
}
