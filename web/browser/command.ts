// Something that the server is asked to do with a telephone: asked, and followed until it is done or refused.
import { askSignIn, signedFetch } from "./session";

const LOOK_AGAIN_MS = 500;
const POLLS = 80;

export type Say = (words: string, bad?: boolean) => void;

export interface Command {
  id: number;
  phone: string;
  state: string;
  result: string;
  ended_at: string | null;
}

// The answer; undefined where the server refused, which has been said.
export async function post(path: string, body: object, say: Say): Promise<Response | undefined> {
  try {
    const headers = { "Content-Type": "application/json", Accept: "application/json" };
    const answer = await signedFetch(path, { method: "POST", headers, body: JSON.stringify(body) });
    if (answer.status === 401) {
      void askSignIn();
      say("登录已结束，这一步没有办成。登录后请再按一次。", true);
      return undefined;
    }
    if (answer.ok) return answer;
    const problem = (await answer.json().catch(() => ({}))) as { detail?: string; fields?: Record<string, string> };
    say(Object.values(problem.fields ?? {})[0] || problem.detail || "没有做成，请稍后再试。", true);
  } catch {
    say("连不上服务器，请稍后再试。", true);
  }
  return undefined;
}

// `begun` is said when the server has taken it, `done` when it was done; why it was not, in the server's words.
export async function askCommand(
  path: string,
  body: object,
  say: Say,
  done: string,
  begun: (command: Command) => string = () => "",
): Promise<void> {
  const answer = await post(path, body, say);
  if (!answer) return;
  let command = (await answer.json()) as Command;
  const words = begun(command);
  if (words) say(words);
  for (let poll = 0; poll < POLLS && command.ended_at === null; poll++) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    // A server that is away for a moment is asked again.
    const news = await signedFetch(`/api/commands/${command.id}`, { headers: { Accept: "application/json" } }).catch(
      () => undefined,
    );
    if (news?.ok) command = (await news.json()) as Command;
    else if (news?.status === 401 && !(await askSignIn())) break;
  }
  if (command.ended_at === null) say("还不知道办成没有，请看电话现在的状态；需要时再试一次。", true);
  else say(command.state === "failed" ? command.result : done, command.state === "failed");
}
