// Web Push: whether this phone is notified of new orders with the page closed.
export type Reminders = "off" | "on" | "refused";

export async function reminderState(): Promise<Reminders> {
  if (!("PushManager" in window) || Notification.permission === "denied") return "refused";
  const worker = await navigator.serviceWorker.getRegistration("/crew");
  return (await worker?.pushManager.getSubscription()) ? "on" : "off";
}

// After signing out there are no notifications: the push service then says that this browser is gone, and the server
// forgets it.
export async function stopReminders(): Promise<void> {
  const worker = await navigator.serviceWorker?.getRegistration("/crew");
  await (await worker?.pushManager?.getSubscription())?.unsubscribe();
}

export async function wantReminders(key: string): Promise<Reminders> {
  if ((await Notification.requestPermission()) !== "granted") return "refused";
  const worker = await navigator.serviceWorker.ready;
  try {
    const made = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
    const answer = await fetch("/api/crew/reminders", {
      method: "POST",
      body: JSON.stringify(made.toJSON()),
      headers: { "Content-Type": "application/json" },
    });
    return answer.ok ? "on" : "off";
  } catch {
    return "off";
  }
}
