// Deeds that move more than our own leg are the server's: it stays in the call when this page does not.
import { ask } from "./api";

export interface Deeds {
  transfer(number: string, how: "blind" | "attended" | "conference"): Promise<unknown> | void;
  emergency(number: string): Promise<unknown> | void;
  hangUp(): Promise<unknown>;
}

interface Around {
  call(): string | null;
  // The telephone's own blind transfer.
  blind(number: string): void;
}

export function deedsOf(around: Around): Deeds {
  const post = (deed: string, body: object): Promise<unknown> =>
    ask("POST", `/api/calls/${encodeURIComponent(around.call() ?? "")}/${deed}`, body);
  return {
    transfer: (number, how) => (how === "blind" ? around.blind(number) : post(how, { to: number })),
    emergency: (number) => around.blind(number),
    hangUp: () => post("hang-up", {}),
  };
}
