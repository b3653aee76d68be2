// A text that is to be carried elsewhere: one press copies it. Without a secure connection the browser offers no
// clipboard; then the text is selected, and says how to go on.
export function startCopying(): void {
  document.querySelectorAll<HTMLButtonElement>("[data-copy]").forEach((button) =>
    button.addEventListener("click", async () => {
      const text = document.querySelector<HTMLInputElement>("[data-copied]");
      const says = document.querySelector<HTMLElement>("[data-copy-says]");
      if (!text || !says) return;
      text.select();
      says.textContent = (await copyText(text.value)) ? "已复制" : "已选中，请按 Ctrl C 复制";
    }),
  );
}

// False: the browser offers no clipboard here, or forbids it.
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
