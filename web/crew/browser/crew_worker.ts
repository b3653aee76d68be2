// The service worker: the page opens without network, assignments are shown with the page closed, what waits is sent as soon
// as there is network again (where the browser knows Background Sync; elsewhere when the page is opened).
/// <reference lib="webworker" />

import { unturned } from "../../browser/turning";
import { sendWaiting } from "./outbox";
import { items } from "./store";

export const KEPT = "crew-page";
const PATIENCE_MS = 4000;

interface PushedMessage {
  title: string;
  body: string;
  tag: string;
}

declare const self: ServiceWorkerGlobalScope;

self.addEventListener("install", () => void self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== self.location.origin) return;
  if (event.request.mode === "navigate" && pathname === "/crew") event.respondWith(shell(event.request));
  else if (pathname.startsWith("/static/")) event.respondWith(kept(event.request));
});

async function shell(request: Request): Promise<Response> {
  const mine = await caches.match("/crew", { cacheName: KEPT });
  const patience = new Promise<undefined>((done) => setTimeout(done, mine ? PATIENCE_MS : 60_000));
  const answer = await Promise.race([fetch(request).catch(() => undefined), patience]);
  return answer && answer.status < 500 ? answer : (mine ?? answer ?? Response.error());
}

// Names under /static carry their content's hash: what is kept is right for ever.
async function kept(request: Request): Promise<Response> {
  return (await caches.match(request, { cacheName: KEPT })) ?? fetch(request);
}

self.addEventListener("sync", (event) => {
  const syncing = event as unknown as ExtendableEvent;
  syncing.waitUntil(
    sendWaiting().then(async (sent) => {
      // The browser asks again later, with growing pauses, where this fails.
      if (sent === "offline" || (await items()).some((item) => item.retry_at !== undefined))
        throw new Error("something still waits");
    }),
  );
});

self.addEventListener("push", (event) => {
  const pushed = unturned(event.data?.json() as PushedMessage | undefined);
  const { title, body, tag } = pushed ?? { title: "有新的派单", body: "点此查看", tag: "crew" };
  // Shown again, it takes the place of the first and sounds again; TypeScript's list does not know `renotify`.
  const shown = { body, tag, renotify: true, lang: "zh-CN", requireInteraction: true, data: "/crew" };
  event.waitUntil(self.registration.showNotification(title, shown));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(
    self.clients.matchAll({ type: "window" }).then(async (open) => {
      const here = open.find((one) => new URL(one.url).pathname === "/crew");
      await (here ? here.focus() : self.clients.openWindow("/crew"));
    }),
  );
});
