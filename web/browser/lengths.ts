// A text that is too long is kept as it was typed or pasted, and said to be too long: what a browser does by itself, cutting
// it off without a word, loses it. It is not sent until it fits. The server holds to the same lengths. Where whole texts are
// written, their length is shown.
import htmx from "htmx.org";

type Text = HTMLInputElement | HTMLTextAreaElement;

export function startLengths(): void {
  htmx.onLoad((element) => {
    (element as HTMLElement).querySelectorAll<Text>("[maxlength]").forEach(loosen);
    (element as HTMLElement).querySelectorAll<Text>(".writing textarea").forEach(count);
  });
  document.addEventListener("input", (event) => {
    const text = event.target as Text;
    if (text.dataset?.longest) judge(text);
    if (text.matches(".writing textarea")) count(text);
  });
  // Before whoever else would send it.
  document.addEventListener(
    "submit",
    (event) => {
      const long = [...(event.target as HTMLFormElement).elements].find(
        (one) => (one as HTMLElement).dataset.longest !== undefined && !judge(one as Text),
      );
      if (!long) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      (long as HTMLElement).focus();
    },
    true,
  );
}

// What is only looked for stays as it is: nobody writes a text there.
function loosen(text: Text): void {
  if (text.type === "search" || text.type === "password" || text.readOnly) return;
  text.dataset.longest = text.getAttribute("maxlength")!;
  text.removeAttribute("maxlength");
  judge(text);
}

// For the eye: a screen reader says only that it is too much, not each letter.
function count(text: Text): void {
  let shown = text.parentElement?.querySelector<HTMLElement>(":scope > .typed-length");
  if (!shown) {
    shown = document.createElement("small");
    shown.className = "note typed-length";
    shown.ariaHidden = "true";
    text.after(shown);
  }
  const length = [...text.value.trim()].length;
  shown.textContent = length ? `${length}字` : "";
}

function judge(text: Text): boolean {
  const longest = Number(text.dataset.longest);
  const length = [...text.value].length;
  let note = text.parentElement?.querySelector<HTMLElement>(":scope > [data-too-long]");
  if (length <= longest) {
    if (note) {
      note.remove();
      text.removeAttribute("aria-invalid");
    }
    return true;
  }
  if (!note) {
    note = document.createElement("small");
    note.className = "wrong";
    note.dataset.tooLong = "";
    note.setAttribute("role", "alert");
    text.after(note);
  }
  text.setAttribute("aria-invalid", "true");
  note.textContent = `最多${longest}个字，现在有${length}个，请删去${length - longest}个。`;
  return false;
}
