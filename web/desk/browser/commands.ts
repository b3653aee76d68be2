// Commands that move more than our own leg are the server's: it stays in the call when this page does not. Each is
// asked for, and followed until it is done or refused.
import { ask, RefusedByServer } from "./api";

interface Command {
  id: number;
  ended_at: string | null;
  result: string;
}

export type Way = "blind" | "attended" | "conference";
export type Step = "join" | "send-back" | "hand-over" | "hang-up";

const PATHS: Record<Way, string> = { blind: "transfer", attended: "attended", conference: "conference" };
const LOOK_EVERY_MS = 1000;
const POLLS = 120;

export class ServerCommands {
  // `justAnswered`: this browser talks since so short a time that the server may not have heard of it.
  constructor(
    private readonly announce: (words: string) => void,
    private readonly justAnswered: () => boolean,
  ) {}

  transfer(linkedid: string, number: string, way: Way): Promise<void> {
    return this.do(linkedid, PATHS[way], { to: number });
  }

  // All three talk; the agent may leave at any time.
  emergency(linkedid: string, number: string): Promise<void> {
    return this.do(linkedid, "emergency", { to: number, way: "conference" });
  }

  step(linkedid: string, step: Step): Promise<void> {
    return this.do(linkedid, step, {});
  }

  // Throws what the server refuses at once; its later result is shown.
  private async do(linkedid: string, path: string, body: object): Promise<void> {
    const command = await this.ask(linkedid, path, body);
    void this.follow(command.id);
  }

  private async ask(linkedid: string, path: string, body: object): Promise<Command> {
    for (;;) {
      try {
        return await ask<Command>("POST", `/api/calls/${encodeURIComponent(linkedid)}/${path}`, body);
      } catch (error) {
        const early =
          error instanceof RefusedByServer &&
          [403, 404].includes(error.status) &&
          linkedid !== "" &&
          this.justAnswered();
        if (!early) throw error;
        await this.nextNews();
      }
    }
  }

  private async follow(id: number): Promise<void> {
    for (let poll = 0; poll < POLLS; poll++) {
      await this.nextNews();
      const command = await ask<Command>("GET", `/api/commands/${id}`).catch(() => null);
      if (command?.ended_at) {
        if (command.result) this.announce(command.result);
        return;
      }
    }
  }

  // The next word about any call, or a second.
  private nextNews(): Promise<void> {
    return new Promise((heard) => {
      const done = (): void => {
        document.body.removeEventListener("live:call", done);
        clearTimeout(timer);
        heard();
      };
      const timer = setTimeout(done, LOOK_EVERY_MS);
      document.body.addEventListener("live:call", done);
    });
  }
}
