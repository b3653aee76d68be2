import { signedFetch } from "../../browser/session";

// An office's reply: a template put into an empty field, and files that are on the order as soon as they are chosen.
export function startReplies(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as HTMLElement).closest<HTMLButtonElement>("button[data-template]");
    const field = button && (document.getElementById(button.dataset.into!) as HTMLTextAreaElement | null);
    if (!button || !field) return;
    const written = field.value.trim() !== "";
    (button.nextElementSibling as HTMLElement).hidden = !written;
    if (written) return;
    field.value = button.dataset.template!;
    field.rows = Math.max(field.rows, 8);
    field.focus();
    selectBlank(field);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  document.addEventListener("change", (event) => {
    const chosen = event.target as HTMLInputElement;
    const place = chosen.closest<HTMLElement>("[data-attach]");
    if (place && chosen.files?.length) void attach(place, chosen);
  });
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
    const answer = await signedFetch(`${address}?${query}`, { method: "POST", headers, body: file }, true);
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
