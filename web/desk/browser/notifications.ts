// The operating system's own notification, for an agent who works in another window.
let shown: Notification | undefined;

// Once, when the agent first gets ready for calls; the browser keeps the answer.
export function askForNotifications(): void {
  if ("Notification" in window && Notification.permission === "default") void Notification.requestPermission();
}

export async function allowNotifications(): Promise<string> {
  if (!("Notification" in window)) return "这个浏览器不支持弹出通知。";
  const answer = await Notification.requestPermission();
  return answer === "granted"
    ? "已允许。来电时会在屏幕上弹出通知。"
    : "浏览器没有允许弹出通知，可在地址栏左边的图标里改。";
}

export function notify(number: string, chosen: () => void): void {
  if (!("Notification" in window) || Notification.permission !== "granted" || document.hasFocus()) return;
  shown = new Notification(`${document.body.dataset.line ?? ""}来电`, {
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
