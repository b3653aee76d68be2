// Texts whose form is gone from the page: shown calmly where it stood, to be copied or thrown away. The server shows those
// of a step that was refused itself (data-unsent); one way of copying serves both.
import { copyText } from "../copy";
import { dayAndMinute } from "../instants";

interface LeftOver {
  at: number;
  title: string;
  words: [string, string][];
}

// Shorter ones, a choice of a list say, are found in many a story.
const LEAST_SIGNS = 4;
const INSTANT = /^\d{4}-\d\d-\d\dT/;
const bare = (text: string): string => text.replace(/\s+/g, "");

// Whether the order shows these words already: they were taken, and the answer that says so was lost, or written before.
export function isTold(words: [string, string][]): boolean {
  const told = [...document.querySelectorAll(".story .text, .internal-notes .matter")].map(
    (one) => one.textContent ?? "",
  );
  const story = bare(told.join(" "));
  const texts = words.map(([, text]) => bare(text)).filter((text) => text.length >= LEAST_SIGNS && !INSTANT.test(text));
  return texts.length > 0 && texts.every((text) => story.includes(text));
}

export function startLeftOver(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as HTMLElement).closest<HTMLElement>("[data-copy-unsent]");
    const box = button?.closest<HTMLElement>("[data-unsent]");
    if (!button || !box) return;
    const texts = [...box.querySelectorAll("dd")].map((one) => one.textContent ?? "");
    void copyText(texts.join("\n\n")).then((done) => {
      button.textContent = done ? "已复制" : "请选中文字后按 Ctrl C 复制";
    });
  });
}

// Undefined: nothing is left over there, or its form is back.
export function showLeftOver(path: string, found: LeftOver | undefined, drop: () => void): void {
  const shown = document.querySelector<HTMLElement>(`[data-unsent="${CSS.escape(path)}"]`);
  if (!found?.words.length) {
    if (shown?.matches("[data-left-over]")) shown.remove();
    return;
  }
  if (shown) return;
  const box = document.createElement("section");
  box.className = "kept-text";
  box.dataset.unsent = path;
  box.dataset.leftOver = "";
  const when = dayAndMinute(found.at);
  const said = document.createElement("p");
  const lost = path.includes("#")
    ? "没有提交；后来您在别处又写过，表里是后写的。这一份可以复制过去用："
    : "没有提交，现在已经不能在这里提交。可以复制到别处用：";
  const why = isTold(found.words) ? "已经在办理经过里，应该是提交成功、只是没有收到答复：" : lost;
  said.textContent = `您 ${when} 写的${found.title ? `“${found.title}”` : ""}${why}`;
  const list = document.createElement("dl");
  for (const [label, text] of found.words) {
    const [term, description] = [document.createElement("dt"), document.createElement("dd")];
    term.textContent = label;
    description.textContent = text;
    list.append(term, description);
  }
  const buttons = document.createElement("p");
  buttons.className = "choices";
  const copy = document.createElement("button");
  const away = document.createElement("button");
  copy.type = away.type = "button";
  copy.dataset.copyUnsent = "";
  copy.textContent = "复制";
  away.textContent = "不要了";
  away.addEventListener("click", () => {
    drop();
    box.remove();
  });
  buttons.append(copy, away);
  box.append(said, list, buttons);
  // The desk fills the screen: there the box stands where nothing else does, between calls.
  const rest = document.querySelector("[data-rest]");
  const place = document.querySelector(".actions > h2") ?? document.querySelector("main .head");
  if (rest) rest.append(box);
  else if (place) place.after(box);
  else document.querySelector("main")?.prepend(box);
}
