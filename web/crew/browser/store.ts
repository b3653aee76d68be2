// What the phone keeps: the last inbox, and what waits to be sent. Shared by the page and its service worker.
import { type DBSchema, type IDBPDatabase, openDB } from "idb";

export type ActionName =
  | "start_shift"
  | "end_shift"
  | "accept"
  | "on_the_way"
  | "there"
  | "report"
  | "done"
  | "decline";
export type FileKind = "photo_before" | "photo_after" | "voice";

export interface Item {
  seq?: number;
  id: string;
  account: string;
  at: string;
  order?: string;
  title?: string;
  action?: ActionName;
  fields?: Record<string, string | boolean>;
  file?: { kind: FileKind; name: string; content: Blob };
  // Why the server will never take it as it is.
  refused?: string;
  // Why it could not be taken yet, how often it was tried, and when (milliseconds of the epoch) it is tried again.
  trouble?: string;
  tries?: number;
  retry_at?: number;
}

// What was written about an order and not yet handed in. `at`: milliseconds of the epoch.
export interface Words {
  title: string;
  at: number;
  done: string;
  public_answer: string;
  // Undefined: not said yet.
  solved?: boolean;
}

export interface Fix {
  latitude: number;
  longitude: number;
  accuracy_metres: number;
  taken_at: string;
}

interface Kept extends DBSchema {
  outbox: { key: number; value: Item };
  fixes: { key: string; value: Fix };
  last: { key: string; value: unknown };
}

let opened: Promise<IDBPDatabase<Kept>> | undefined;

function database(): Promise<IDBPDatabase<Kept>> {
  opened ??= openDB<Kept>("crew", 1, {
    upgrade(made) {
      made.createObjectStore("outbox", { keyPath: "seq", autoIncrement: true });
      made.createObjectStore("fixes", { keyPath: "taken_at" });
      made.createObjectStore("last");
    },
    // Another tab with a newer release wants the database: let it have it.
    blocking: (_from, _to, event) => (event.target as IDBDatabase).close(),
    terminated: () => (opened = undefined),
  });
  return opened;
}

export const keep = async (key: string, value: unknown): Promise<void> =>
  void (await (await database()).put("last", value, key));
export const kept = async <Value>(key: string): Promise<Value | undefined> =>
  (await (await database()).get("last", key)) as Value | undefined;

// By number of the order; nobody's but this account's.
const wordsOf = (account: string): string => `words:${account}`;
export const keptWords = async (account: string): Promise<Record<string, Words>> =>
  (await kept<Record<string, Words>>(wordsOf(account))) ?? {};
export const keepWords = (account: string, words: Record<string, Words>): Promise<void> =>
  keep(wordsOf(account), words);

export const put = async (item: Item): Promise<void> => void (await (await database()).put("outbox", item));
export const remove = async (seq: number): Promise<void> => (await database()).delete("outbox", seq);
export const items = async (): Promise<Item[]> => (await database()).getAll("outbox");

export const putFix = async (fix: Fix): Promise<void> => void (await (await database()).put("fixes", fix));
export const fixes = async (count: number): Promise<Fix[]> => (await database()).getAll("fixes", undefined, count);
export async function removeFixes(sent: Fix[]): Promise<void> {
  const change = (await database()).transaction("fixes", "readwrite");
  await Promise.all([...sent.map((fix) => change.store.delete(fix.taken_at)), change.done]);
}

export async function forget(account: string): Promise<void> {
  const base = await database();
  const mine = (await items()).filter((item) => item.account === account);
  await Promise.all([...mine.map((item) => remove(item.seq as number)), base.clear("fixes"), base.clear("last")]);
}
