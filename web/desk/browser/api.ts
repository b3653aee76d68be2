// Asks our own API; what it refuses comes back as the Chinese sentence that it gave.
import { askSignIn, signedFetch } from "../../browser/session";

export class RefusedByServer extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export async function ask<T>(method: "GET" | "POST", path: string, body?: object): Promise<T> {
  let answer: Response;
  try {
    answer = await signedFetch(path, {
      method,
      headers: body ? { "Content-Type": "application/json" } : {},
      body: body ? JSON.stringify(body) : null,
    });
  } catch {
    throw new RefusedByServer(0, "网络不通，这一步没有办成，请稍后再试。");
  }
  // A command on a call is not repeated by itself after the sign-in: the call may be another by then.
  if (answer.status === 401 && method === "POST") {
    void askSignIn();
    throw new RefusedByServer(401, "登录已结束，这一步没有办成。登录后请再按一次。");
  }
  const said = (await answer.json().catch(() => ({}))) as { detail?: string; fields?: Record<string, string> };
  if (answer.ok) return said as T;
  const fields = Object.values(said.fields ?? {});
  throw new RefusedByServer(answer.status, fields[0] ?? said.detail ?? `服务器没有办成这一步（${answer.status}）。`);
}

export type DeskState = "offline" | "ready" | "paused" | "after_call_work" | "ringing" | "talking";

export interface Desk {
  state: DeskState;
  reason: string;
  since: string | null;
  until: string | null;
  phone: "browser" | "telephone";
  phone_away: boolean;
  linkedid: string | null;
  call: { linkedid: string; caller_number: string; direction: string } | null;
}

export interface PhoneAccount {
  extension: string;
  account: string;
  domain: string;
  socket: string;
  display_name: string;
}
