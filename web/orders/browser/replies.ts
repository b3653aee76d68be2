import htmx from "htmx.org";
import { fitting } from "../../browser/photo";
import { signedFetch } from "../../browser/session";
import { unturned } from "../../browser/turning";

// An office's reply: a template put into an empty field, files that are on the order as soon as they are chosen, and what
// the city's rules say of the text while it is written.
const PAUSE_MS = 700;
const pauses = new WeakMap<HTMLFormElement, ReturnType<typeof setTimeout>>();

interface Hint {
  kind: "blank" | "mark" | "demand";
  name: string;
  text: string;
  reason: string;
}

export function startReplies(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as HTMLElement).closest<HTMLButtonElement>("button[data-template]");
    const field = button && (document.getElementById(button.dataset.into!) as HTMLTextAreaElement | null);
    if (!button || !field) return;
    const written = field.value.trim() !== "";
    field.parentElement!.querySelector<HTMLElement>("[data-not-covered]")!.hidden = !written;
    if (written) return;
    field.value = button.dataset.template!;
    field.rows = Math.max(field.rows, 8);
    field.focus();
    selectBlank(field);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  document.addEventListener("input", (event) => {
    const form = (event.target as HTMLElement).closest<HTMLFormElement>("form[data-hints]");
    if (form) lookSoon(form);
  });
  htmx.onLoad((element) =>
    (element as HTMLElement).querySelectorAll<HTMLFormElement>("form[data-hints]").forEach(lookSoon),
  );
  document.addEventListener("change", (event) => {
    const chosen = event.target as HTMLInputElement;
    const place = chosen.closest<HTMLElement>("[data-attach]");
    if (place && chosen.files?.length) void attach(place, chosen);
  });
}

function lookSoon(form: HTMLFormElement): void {
  clearTimeout(pauses.get(form));
  pauses.set(
    form,
    setTimeout(() => void look(form), PAUSE_MS),
  );
}

// Advice only: where it cannot be asked for, the reply is written without.
async function look(form: HTMLFormElement): Promise<void> {
  const texts = textsOf(form);
  if (!Object.values(texts).some((text) => text.trim())) return say(form, []);
  try {
    const headers = { "Content-Type": "application/json", Accept: "application/json" };
    const answer = await fetch(form.dataset.hints!, { method: "POST", headers, body: JSON.stringify(texts) });
    // Of what has been changed meanwhile, the next look tells.
    if (!answer.ok || JSON.stringify(textsOf(form)) !== JSON.stringify(texts)) return;
    say(form, unturned((await answer.json()) as { hints: Hint[] }).hints);
  } catch {
    return;
  }
}

function textsOf(form: HTMLFormElement): Record<string, string> {
  return Object.fromEntries(
    ["done", "public_answer"].map((name) => [
      name,
      form.querySelector<HTMLTextAreaElement>(`[name=${name}]`)?.value ?? "",
    ]),
  );
}

// What must be filled in first; the rest is advice.
const HEADS: [Hint["kind"], string][] = [
  ["blank", "提交前请填完："],
  ["mark", "这样写，认定时可能被标为“神回复”："],
  ["demand", "诉求里的这些要求，公开答复还没有说到："],
];

function say(form: HTMLFormElement, hints: Hint[]): void {
  const place = form.querySelector<HTMLElement>("[data-hinted]")!;
  const shown: HTMLElement[] = [];
  for (const [kind, words] of HEADS) {
    const mine = hints.filter((hint) => hint.kind === kind);
    if (!mine.length) continue;
    const head = document.createElement("p");
    head.textContent = words;
    const list = document.createElement("ul");
    list.append(...mine.map(lineOf));
    shown.push(head, list);
  }
  if (hints.length && !hints.some((hint) => hint.kind === "blank")) {
    const free = document.createElement("p");
    free.className = "note";
    free.textContent = "这些只是提醒，仍可提交。";
    shown.push(free);
  }
  place.replaceChildren(...shown);
}

function lineOf(hint: Hint): HTMLElement {
  const line = document.createElement("li");
  if (hint.name) {
    const name = document.createElement("strong");
    name.textContent = `${hint.name} `;
    line.append(name);
  }
  if (hint.text) {
    const passage = document.createElement("mark");
    passage.textContent = hint.text;
    line.append(passage, " ");
  }
  line.append(hint.reason);
  return line;
}

// The first blank is selected, so that typing replaces it.
function selectBlank(field: HTMLTextAreaElement): void {
  const found = /【[^】]*】/.exec(field.value);
  if (found) field.setSelectionRange(found.index, found.index + found[0].length);
}

// One after the other; the form cannot be sent meanwhile, or its reply would go out without them.
async function attach(place: HTMLElement, chosen: HTMLInputElement): Promise<void> {
  const send = place.closest("form")!.querySelector<HTMLButtonElement>("button.primary")!;
  const files = [...chosen.files!];
  chosen.value = "";
  chosen.disabled = send.disabled = true;
  for (const file of files) {
    const line = document.createElement("li");
    line.textContent = `${file.name}：正在上传…`;
    place.querySelector("ul")!.append(line);
    const wrong = await upload(place.dataset.attach!, file);
    line.textContent = `${file.name}：${wrong || "已上传"}`;
    line.classList.toggle("wrong", wrong !== "");
  }
  chosen.disabled = send.disabled = false;
}

// What is wrong, in the server's words; empty: it is on the order.
async function upload(address: string, file: File): Promise<string> {
  const query = new URLSearchParams({ kind: kindOf(file), name: file.name });
  try {
    const headers = { Accept: "application/json", "Content-Type": "application/octet-stream" };
    const body = await fitting(file, Number(document.body.dataset.drawnSmaller));
    const answer = await signedFetch(`${address}?${query}`, { method: "POST", headers, body }, true);
    if (answer.ok) return "";
    const problem = (await answer.json().catch(() => ({}))) as { detail?: string; fields?: Record<string, string> };
    return Object.values(problem.fields ?? {})[0] || problem.detail || "没有传上去，请再选一次。";
  } catch {
    return "连不上服务器，没有传上去，请再选一次。";
  }
}

function kindOf(file: File): string {
  if (file.type.startsWith("image/")) return "photo";
  return file.type.startsWith("audio/") ? "voice" : "document";
}
