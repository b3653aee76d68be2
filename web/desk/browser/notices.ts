// The operating system's own notice, for who has another window before him.
let shown: Notification | undefined;

// Once, with the first press by which he says that he waits for calls; what he answers is the browser's to keep.
export function askForNotices(): void {
  if ("Notification" in window && Notification.permission === "default") void Notification.requestPermission();
}

export async function allowNotices(): Promise<string> {
  if (!("Notification" in window)) return "这个浏览器不支持弹出通知。";
  const answer = await Notification.requestPermission();
  return answer === "granted"
    ? "已允许。来电时会在屏幕上弹出通知。"
    : "浏览器没有允许弹出通知，可在地址栏左边的图标里改。";
}

export function notify(number: string, chosen: () => void): void {
  if (!("Notification" in window) || Notification.permission !== "granted" || document.hasFocus()) return;
  shown = new Notification("马上就办一线通来电", {
    body: number || "未显示号码",
    tag: "desk-call",
    requireInteraction: true,
  });
  shown.onclick = () => {
    window.focus();
    chosen();
  };
}

export function unnotify(): void {
  shown?.close();
  shown = undefined;
}
