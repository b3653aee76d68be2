// One WebSocket that comes back by itself and says on the page when it is away.
export interface Talk {
  send(message: object): void;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
const STEADY_MS = 1000;

export function keepSocket(
  path: string,
  onMessage: (message: Record<string, unknown>, talk: Talk) => void,
  onOpen: (again: boolean) => void = () => {},
): Talk {
  let socket: WebSocket | undefined;
  let pause = FIRST_PAUSE_MS;
  let opened = 0;
  let steady: ReturnType<typeof setTimeout> | undefined;
  const talk: Talk = {
    send: (message) => socket?.readyState === WebSocket.OPEN && socket.send(JSON.stringify(message)),
  };
  const connect = (): void => {
    socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`);
    socket.onopen = () => {
      // A door that opens and shuts at once is no connection: neither the pause nor the warning is taken back for it.
      steady = setTimeout(() => {
        pause = FIRST_PAUSE_MS;
        tellConnection(true);
      }, opened === 0 ? 0 : STEADY_MS);
      onOpen(opened++ > 0);
    };
    socket.onmessage = (event) => onMessage(JSON.parse(event.data as string), talk);
    socket.onclose = () => {
      clearTimeout(steady);
      tellConnection(false);
      // Spread out, so that a restarted server is not met by everybody at once.
      setTimeout(connect, pause * (0.5 + Math.random()));
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    };
  };
  connect();
  return talk;
}

let complaining: ReturnType<typeof setTimeout> | undefined;

function tellConnection(there: boolean): void {
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
