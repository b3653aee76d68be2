// Files to save (`<a data-download>`): fetched, so that a refusal is said beside the link. A browser's own `download` says nothing.
// Without this script the link is an ordinary one, and a refusal is a page.

export function startDownloads(): void {
  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest?.<HTMLAnchorElement>("a[data-download]");
    if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (link.getAttribute("aria-busy") !== "true") void download(link);
  });
}

async function download(link: HTMLAnchorElement): Promise<void> {
  link.setAttribute("aria-busy", "true");
  say(link, "正在准备文件…");
  try {
    // What marks a request of a page's part: an ended session then gets an error, not the sign-in page.
    const answer = await fetch(link.href, { headers: { "HX-Request": "true" } });
    const disposition = answer.headers.get("Content-Disposition") ?? "";
    if (answer.ok && disposition) {
      save(await answer.blob(), nameIn(disposition));
      say(link, "");
    } else say(link, `没有下载成功：${await reason(answer)}`, true);
  } catch {
    say(link, "没有下载成功：连不上服务器，或者下载中断了。请检查网络后再试。", true);
  } finally {
    link.removeAttribute("aria-busy");
  }
}

async function reason(answer: Response): Promise<string> {
  if (answer.status === 401) return "登录已过期，请重新登录后再下载。";
  const kind = answer.headers.get("Content-Type") ?? "";
  const said = await answer.text().catch(() => "");
  if (kind.includes("json")) {
    try {
      return (JSON.parse(said) as { detail?: string }).detail || "请稍后再试。";
    } catch {
      return "请稍后再试。";
    }
  }
  return kind.startsWith("text/plain") && said && said.length < 300
    ? said
    : `服务器没有给出文件（${answer.status}），请稍后再试；若一再出现，请告诉系统管理员。`;
}

function save(content: Blob, name: string): void {
  const address = URL.createObjectURL(content);
  const saving = document.createElement("a");
  saving.href = address;
  saving.download = name;
  saving.click();
  // The browser has begun to write by then; at once would be too early for some.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

function nameIn(disposition: string): string {
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(disposition)?.[1];
  if (encoded) {
    try {
      return decodeURIComponent(encoded);
    } catch {
      return encoded;
    }
  }
  return /filename="?([^";]+)"?/i.exec(disposition)?.[1] ?? "";
}

function say(link: HTMLAnchorElement, words: string, bad = false): void {
  let said = link.nextElementSibling;
  if (!said?.hasAttribute("data-download-said")) {
    if (!words) return;
    said = document.createElement("span");
    said.setAttribute("data-download-said", "");
    said.setAttribute("role", "status");
    link.after(said);
  }
  said.className = bad ? "note bad" : "note";
  said.textContent = words ? ` ${words}` : "";
}
