// One WebSocket that comes back by itself and says on the page when it is away. A server that still holds the line but
// answers no more (stopped, overloaded) is away too: it is asked every few seconds.
import { isSignedIn } from "../session";

export interface Talk {
  send(message: object): void;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
const STEADY_MS = 1000;
const PING_MS = 3000;
// Rounds without an answer until the connection is closed and opened again; after two of them the page says so.
const LONGEST_SILENCE = 4;
const PING = '{"type":"ping"}';
const SESSION_ENDED = 4401;

export function keepSocket(
  path: string,
  onMessage: (message: Record<string, unknown>, talk: Talk) => void,
  onOpen: (again: boolean) => void = () => {},
): Talk {
  let socket: WebSocket | undefined;
  let pause = FIRST_PAUSE_MS;
  let opened = 0;
  let steady: ReturnType<typeof setTimeout> | undefined;
  let soon: ReturnType<typeof setTimeout> | undefined;
  let drop = (): void => {};
  const talk: Talk = {
    send: (message) => socket?.readyState === WebSocket.OPEN && socket.send(JSON.stringify(message)),
  };
  const connect = (): void => {
    clearTimeout(soon);
    drop();
    const mine = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`);
    socket = mine;
    let wasOpen = false;
    // Counted in turns of the timer, which a browser stretches in a hidden tab, and not by the clock.
    let unanswered = 0;
    const watch = setInterval(() => {
      if (++unanswered > LONGEST_SILENCE) return lost();
      if (mine.readyState !== WebSocket.OPEN) return;
      if (unanswered > 1) {
        silent = true;
        tellConnection(false);
      }
      mine.send(PING);
    }, PING_MS);
    mine.onopen = () => {
      wasOpen = true;
      unanswered = 0;
      silent = false;
      // A door that opens and shuts at once is no connection: neither the pause nor the warning is taken back for it.
      steady = setTimeout(
        () => {
          pause = FIRST_PAUSE_MS;
          tellConnection(true);
        },
        opened === 0 ? 0 : STEADY_MS,
      );
      onOpen(opened++ > 0);
    };
    mine.onmessage = (event) => {
      if (unanswered > 1) tellConnection(true);
      unanswered = 0;
      silent = false;
      const message = JSON.parse(event.data as string) as Record<string, unknown>;
      if (message.type !== "pong") onMessage(message, talk);
    };
    mine.onclose = (event) => lost(event.code);
    drop = () => {
      mine.onopen = mine.onmessage = mine.onclose = null;
      mine.close();
      clearInterval(watch);
      // One that was given up for its silence stays silent until another connection is there.
      clearTimeout(steady);
      socket = undefined;
    };
    const lost = (code = 0): void => {
      drop();
      tellConnection(false);
      if (code === SESSION_ENDED) {
        // The one under which it was opened: another may have begun since, also in another tab.
        isSignedIn().then((there) => there && !socket && connect(), connectSoon);
        return;
      }
      // A handshake that is refused does not say why; it may be the session.
      if (!wasOpen) void isSignedIn().catch(() => {});
      connectSoon();
    };
  };
  // Spread out, so that a restarted server is not met by everybody at once.
  const connectSoon = (): void => {
    soon = setTimeout(connect, pause * (0.5 + Math.random()));
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  };
  // What the server sends is for the sign-in under which the socket was opened, and that is over.
  document.body.addEventListener("session:back", connect);
  connect();
  return talk;
}

let complaining: ReturnType<typeof setTimeout> | undefined;
let connected = true;
let silent = false;

// The server still holds the line and answers no more.
export function isSilent(): boolean {
  return silent;
}

function tellConnection(there: boolean): void {
  if (there && !connected) document.body.dispatchEvent(new CustomEvent("connection:back"));
  connected = there;
  const lamp = document.querySelector<HTMLElement>("[data-connection]");
  const banner = document.querySelector<HTMLElement>("[data-connection-lost]");
  if (there) {
    clearTimeout(complaining);
    complaining = undefined;
    lamp?.setAttribute("data-connection", "on");
    if (lamp) lamp.title = lamp.ariaLabel = "实时连接正常";
    if (banner) banner.hidden = true;
    return;
  }
  // A page that is being left, or a blink of the network, is not worth an alarm. Counted from the first loss: attempts
  // that fail quicker than this must not put it off for ever.
  complaining ??= setTimeout(() => {
    lamp?.setAttribute("data-connection", "off");
    if (lamp) lamp.title = lamp.ariaLabel = "实时连接已断开";
    if (banner) banner.hidden = false;
  }, 1500);
}
