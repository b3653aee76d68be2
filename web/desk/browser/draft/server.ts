// What the form of a draft asks of the server, and the sound of what was heard.
import { signedFetch } from "../../../browser/session";
import type { Answer } from "./rules";

let playing: HTMLAudioElement | undefined;

// Null: no answer, or none of our server's (cut off on its way, or another's that stands between).
export async function ask(path: string, method: string, body?: object, wait = false): Promise<Answer | null> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (body) headers["Content-Type"] = "application/json";
  try {
    const answer = await signedFetch(path, { method, headers, body: body && JSON.stringify(body) }, wait);
    return { status: answer.status, ok: answer.ok, body: (await answer.json()) as Answer["body"] };
  } catch {
    return null;
  }
}

export function hear(button: HTMLElement, form: HTMLElement): void {
  playing?.pause();
  form.querySelectorAll("[data-playing]").forEach((one) => one.removeAttribute("data-playing"));
  playing = new Audio(button.dataset.hear);
  playing.onplaying = () => button.setAttribute("data-playing", "");
  playing.onended = playing.onpause = () => button.removeAttribute("data-playing");
  const silent = (): void => {
    const note = form.querySelector<HTMLElement>("[data-saved]")!;
    note.textContent = "这几秒暂时无法播放，请稍候再试。";
  };
  playing.onerror = silent;
  void playing.play().catch(silent);
}
