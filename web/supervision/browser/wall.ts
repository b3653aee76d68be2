// The supervisor's wall: stepping into a call, or into an agent's state; each is asked of the server, whose answer is shown.
import { askCommand, post } from "../../browser/command";

// The board asks every five seconds: three answers in a row are missing.
const STALE_MS = 16_000;

const MODES: Record<string, string> = { listen: "监听", whisper: "耳语", barge: "插话", take_over: "接管" };

export function startWall(): void {
  startBoard();
  const wall = document.querySelector<HTMLElement>("[data-wall]");
  wall?.addEventListener("click", (event) => {
    const button = (event.target as HTMLElement).closest<HTMLButtonElement>("button[data-spy], button[data-force]");
    if (button?.dataset.spy) void spy(button, button.dataset.spy);
    else if (button?.dataset.force) void force(button, button.dataset.force);
  });
}

async function spy(button: HTMLButtonElement, mode: string): Promise<void> {
  const call = button.closest<HTMLElement>("[data-call]")!.dataset.call!;
  if (mode === "take_over" && !(await ask("接管这通电话？", "接线员会离开，由您与来电人继续通话。")).yes) return;
  say(`${MODES[mode]}：正在呼叫您的电话，请接起。`);
  const done = mode === "take_over" ? "已由您接管这通电话。" : `${MODES[mode]}：已经接通，挂机即结束。`;
  await askCommand(`/api/calls/${encodeURIComponent(call)}/spy`, { mode }, say, done);
}

async function force(button: HTMLButtonElement, state: string): Promise<void> {
  const agent = button.closest<HTMLElement>("[data-agent]")!;
  const name = agent.dataset.name ?? "";
  let reason = "";
  if (state === "paused") {
    const asked = await ask(`让${name}暂停？`, "暂停后不再给他派来电，正在进行的通话不受影响。", true);
    if (!asked.yes) return;
    reason = asked.reason || "值班安排";
  } else if (state === "offline") {
    const asked = await ask(`让${name}离席？`, "离席后不再给他派来电；他要自己重新就绪。正在进行的通话不受影响。");
    if (!asked.yes) return;
  } else if (state === "sign-out") {
    const asked = await ask(
      `让${name}签出？`,
      "他的登录全部结束，要重新登录才能工作，不再给他派来电。正在进行的通话说完为止。",
    );
    if (!asked.yes) return;
    const path = `/api/agents/${encodeURIComponent(agent.dataset.agent!)}/sign-out`;
    if (await post(path, {}, say)) say(`${name}：已签出。`);
    return;
  }
  const done = await post(`/api/agents/${encodeURIComponent(agent.dataset.agent!)}/state`, { state, reason }, say);
  if (done) say(`${name}：已通知话务系统，状态马上改变。`);
}

function ask(title: string, words: string, withReason = false): Promise<{ yes: boolean; reason: string }> {
  const dialog = document.querySelector<HTMLDialogElement>("[data-wall-ask]")!;
  dialog.querySelector("[data-ask-title]")!.textContent = title;
  dialog.querySelector("[data-ask-words]")!.textContent = words;
  const label = dialog.querySelector<HTMLElement>("[data-ask-reason]")!;
  const input = dialog.querySelector<HTMLInputElement>("input[name=reason]")!;
  label.hidden = !withReason;
  input.value = "";
  dialog.returnValue = "no";
  dialog.showModal();
  // Enter in the reason means yes, not the first button.
  input.onkeydown = (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    dialog.close("yes");
  };
  (withReason ? input : dialog.querySelector<HTMLElement>("[data-ask-yes]")!).focus();
  return new Promise((resolve) => {
    dialog.onclose = () => resolve({ yes: dialog.returnValue === "yes", reason: input.value.trim() });
  });
}

function say(words: string, bad = false): void {
  const line = document.querySelector<HTMLElement>("[data-wall-says]");
  if (!line) return;
  line.hidden = false;
  line.textContent = words;
  line.classList.toggle("bad", bad);
}

// A screen that nobody touches must not show old numbers as if they were new.
function startBoard(): void {
  const board = document.querySelector<HTMLElement>("[data-board]");
  if (!board) return;
  let fresh = Date.now();
  document.body.addEventListener("htmx:afterSwap", () => (fresh = Date.now()));
  setInterval(() => {
    const lost = document.querySelector<HTMLElement>("[data-connection-lost]");
    if (lost && !document.body.dataset.live) lost.hidden = Date.now() - fresh < STALE_MS;
  }, 1000);
}
