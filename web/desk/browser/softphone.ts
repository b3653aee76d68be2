// The telephone in the browser: one registration, one call at a time (JsSIP). Says what happened; decides nothing else.
import JsSIP from "jssip";
import type { RTCSession } from "jssip/lib/RTCSession";
import type { RTCSessionEvent, UA } from "jssip/lib/UA";
import type { PhoneAccount } from "./api";
import type { Microphone } from "./sound";

export type Lamp = "starting" | "on" | "away" | "elsewhere" | "signed_out" | "off" | "no_microphone";

// Close codes of /ws/sip (web/sip/views.py, web/desk/phones.py).
const TAKEN = 4409;
const SESSION_ENDED = 4401;

// Q.850 44: to the dialplan ([agent-gone]) the telephone is lost and not hung up, so the citizen is kept.
const LOST = 'Q.850;cause=44;text="page left"';
const NO_SERVERS: RTCConfiguration = { iceServers: [] };

// JsSIP ends a call when a change to it (hold, renegotiation, transfer) cannot be agreed. The sound goes another way and
// is still there: none of these ends ours. What the exchange no longer knows (Dialog Error) does end.
const NO_END: ReadonlySet<string | undefined> = new Set([
  JsSIP.C.causes.CONNECTION_ERROR,
  JsSIP.C.causes.REQUEST_TIMEOUT,
  JsSIP.C.causes.WEBRTC_ERROR,
]);
const AGREE_AGAIN_MS = 1000;

export interface Line {
  session: RTCSession;
  incoming: boolean;
  number: string;
  linkedid: string | null;
}

export interface Listener {
  lamp(lamp: Lamp, reason: string): void;
  ringing(line: Line): void;
  calling(line: Line): void;
  talking(line: Line): void;
  changed(line: Line): void;
  ended(line: Line, cause: string, byUs: boolean): void;
  soundLost(lost: boolean): void;
  // A change to the call could not be agreed with the exchange; the call goes on as before.
  refused(line: Line): void;
}

export class Softphone {
  line: Line | undefined;
  lamp: Lamp = "starting";
  private ua: UA | undefined;
  private dropped = false;
  // The agent hung up while the line to the exchange was away.
  private hangUpSoon = false;
  private refusing: ReturnType<typeof setTimeout> | undefined;
  // Asked for and not agreed yet.
  private holding: "on" | "off" | undefined;
  private again = false;

  constructor(
    private readonly account: PhoneAccount,
    private readonly microphone: Microphone,
    private readonly speaker: HTMLAudioElement,
    private readonly listener: Listener,
  ) {}

  // `take`: away from another window that has the telephone.
  start(window_: string, take: boolean): void {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const query = new URLSearchParams({ window: window_, ...(take ? { take: "1" } : {}) });
    const ua = new JsSIP.UA({
      sockets: [new JsSIP.WebSocketInterface(`${scheme}://${location.host}${this.account.socket}?${query}`)],
      uri: `sip:${this.account.account}@${this.account.domain}`,
      authorization_user: this.account.account,
      // Not a secret: the server computes the digest again with the real one.
      password: "session",
      display_name: this.account.display_name,
      register_expires: 120,
      session_timers: false,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 8,
    });
    this.ua = ua;
    ua.on("connecting", () => this.show(this.dropped ? "away" : "starting", ""));
    ua.on("registered", () => {
      this.show("on", "");
      if (this.dropped) this.resume();
      this.dropped = false;
    });
    ua.on("registrationFailed", (event: { cause?: string }) => {
      if (this.ua === ua) this.show("away", String(event.cause ?? ""));
    });
    ua.on("disconnected", (event: { code?: number; reason?: string }) => {
      // One that we ended ourselves says so too.
      if (this.ua === ua) this.disconnected(event.code ?? 0, event.reason ?? "");
    });
    ua.on("newRTCSession", (event: RTCSessionEvent) => {
      if (event.originator === "remote") this.incoming(event.session, event.request);
    });
    ua.start();
  }

  // Gives the telephone up; a call that goes on is handed back as lost.
  stop(): void {
    this.leave();
    const ended = this.ua;
    this.ua = undefined;
    ended?.stop();
  }

  // Whether the exchange can be reached now.
  get isReachable(): boolean {
    return this.ua?.isConnected() ?? false;
  }

  answer(): void {
    const session = this.line?.session;
    if (session?.direction !== "incoming" || session.isEstablished() || !this.isReachable) return;
    const mediaStream = this.microphone.forCall();
    session.answer({ ...(mediaStream ? { mediaStream } : {}), pcConfig: NO_SERVERS });
  }

  // "later": done as soon as the exchange can be reached; a second press takes that back ("not").
  hangUp(): "now" | "later" | "not" {
    const line = this.line;
    if (!line || line.session.isEnded()) return "now";
    if (line.session.isEstablished() && !this.isReachable) {
      this.hangUpSoon = !this.hangUpSoon;
      return this.hangUpSoon ? "later" : "not";
    }
    const ringing = line.incoming && !line.session.isEstablished();
    line.session.terminate(ringing ? { status_code: 486, reason_phrase: "Busy Here" } : {});
    return "now";
  }

  call(number: string): void {
    if (this.line || !this.ua) return;
    const mediaStream = this.microphone.forCall();
    const session = this.ua.call(`sip:${number}@${this.account.domain}`, {
      mediaConstraints: { audio: true, video: false },
      ...(mediaStream ? { mediaStream } : {}),
      pcConfig: NO_SERVERS,
    });
    const line: Line = { session, incoming: false, number, linkedid: null };
    this.line = line;
    this.attend(line);
    this.listener.calling(line);
  }

  // False: it cannot be asked for now, be it that the exchange is away or that the sound is just being renegotiated.
  toggleHold(): boolean {
    const session = this.line?.session;
    if (!session?.isEstablished() || !this.isReachable) return false;
    // Pressed again before the exchange has answered: done after it.
    if (this.holding) {
      this.again = !this.again;
      return true;
    }
    const agreed = (): void => {
      const again = this.again;
      this.holding = undefined;
      this.again = false;
      if (again && this.line?.session === session) this.toggleHold();
    };
    const held = session.isOnHold().local;
    const asked = held ? session.unhold({}, agreed) : session.hold({}, agreed);
    if (asked) this.holding = held ? "off" : "on";
    return asked;
  }

  toggleMute(): void {
    const session = this.line?.session;
    if (!session?.isEstablished()) return;
    if (session.isMuted().audio) session.unmute({ audio: true });
    else session.mute({ audio: true });
    this.listener.changed(this.line!);
  }

  press(tone: string): void {
    // RFC 4733, in the sound's own stream: what menus and recorders understand.
    this.line?.session.sendDTMF(tone, { transportType: JsSIP.C.DTMF_TRANSPORT.RFC2833 as never });
  }

  // The telephone's own blind transfer, which needs nothing but the exchange. False: it cannot be asked for now.
  transfer(number: string): boolean {
    if (!this.line || !this.isReachable) return false;
    this.line.session.refer(`sip:${number}@${this.account.domain}`);
    return true;
  }

  // A new microphone, also in the middle of a call.
  useMicrophone(stream: MediaStream): void {
    const track = stream.clone().getAudioTracks()[0];
    const sender = this.line?.session.connection?.getSenders().find((one) => one.track?.kind === "audio");
    if (track && sender) {
      track.enabled = !this.line!.session.isMuted().audio;
      void sender.replaceTrack(track);
    }
  }

  // The page goes away under a call: its leg is lost, not hung up.
  leave(): void {
    const line = this.line;
    if (!line || line.session.isEnded()) return;
    if (line.session.isEstablished()) line.session.terminate({ extraHeaders: [`Reason: ${LOST}`] });
    else if (!line.incoming) line.session.terminate();
  }

  private incoming(session: RTCSession, request: unknown): void {
    if (this.line) {
      session.terminate({ status_code: 486, reason_phrase: "Busy Here" });
      return;
    }
    const headers = request as { getHeader(name: string): string | undefined };
    const line: Line = {
      session,
      incoming: true,
      number: session.remote_identity.uri.user,
      linkedid: headers.getHeader("X-Linkedid") ?? null,
    };
    this.line = line;
    this.attend(line);
    this.listener.ringing(line);
  }

  private attend(line: Line): void {
    const { session } = line;
    const end = session.terminate.bind(session);
    session.terminate = (options) => {
      if (session.isEstablished() && NO_END.has(options?.cause)) this.asBefore(line);
      else end(options);
    };
    const mine = (command: () => void) => () => this.line === line && command();
    session.on("peerconnection", (event) => this.hear(event.peerconnection));
    if (session.connection) this.hear(session.connection);
    session.on(
      "confirmed",
      mine(() => this.listener.talking(line)),
    );
    for (const change of ["hold", "unhold", "muted", "unmuted"] as const)
      session.on(
        change,
        mine(() => this.listener.changed(line)),
      );
    const over = (event: { originator: string; cause: string }): void => {
      if (this.line !== line) return;
      this.line = undefined;
      this.hangUpSoon = false;
      this.holding = undefined;
      this.again = false;
      this.speaker.srcObject = null;
      this.listener.ended(line, event.cause, event.originator === "local");
    };
    session.on("ended", over);
    session.on("failed", over);
  }

  private hear(connection: RTCPeerConnection): void {
    connection.addEventListener("track", (event) => {
      this.speaker.srcObject = event.streams[0] ?? new MediaStream([event.track]);
    });
    connection.addEventListener("connectionstatechange", () => {
      if (this.line?.session.connection !== connection) return;
      this.listener.soundLost(["disconnected", "failed"].includes(connection.connectionState));
    });
  }

  // The change was not agreed: both sides are taken to be as they were, which is no hold when it was one that failed. Done
  // once the telephone has settled the failure itself.
  private asBefore(line: Line): void {
    clearTimeout(this.refusing);
    this.refusing = setTimeout(() => {
      if (this.line !== line || line.session.isEnded()) return;
      // While it is away this asks for nothing and only frees the microphone; on its return `resume` renegotiates.
      const asked = this.holding;
      this.holding = undefined;
      this.again = false;
      if (asked === "on" && line.session.isOnHold().local) line.session.unhold();
      if (asked && this.isReachable)
        setTimeout(() => this.line === line && this.isReachable && this.resume(), AGREE_AGAIN_MS);
      this.listener.refused(line);
    }, 0);
  }

  // After a blink of the network the exchange must learn where we are now; a call that it no longer knows ends by this.
  private resume(): void {
    const session = this.line?.session;
    if (!session?.isEstablished()) return;
    if (this.hangUpSoon) {
      session.terminate();
      return;
    }
    // Asterisk takes an ICE restart badly while the old way still works.
    const iceRestart = session.connection.connectionState !== "connected";
    if (!session.renegotiate({ rtcOfferConstraints: { iceRestart } }))
      setTimeout(() => this.line?.session === session && this.isReachable && this.resume(), AGREE_AGAIN_MS);
  }

  private disconnected(code: number, reason: string): void {
    // A call that goes on outlives the session: the telephone comes back as soon as the agent has signed in again.
    const spoken = this.line?.session.isEstablished() ?? false;
    if (code === TAKEN || (code === SESSION_ENDED && !spoken)) {
      this.show(code === TAKEN ? "elsewhere" : "signed_out", reason);
      const line = this.line;
      // The exchange is not reachable: the sound stops, and the exchange notices by that.
      line?.session.connection?.close();
      this.line = undefined;
      this.speaker.srcObject = null;
      if (line) this.listener.ended(line, code === TAKEN ? "taken" : "signed_out", true);
      const ended = this.ua;
      this.ua = undefined;
      ended?.stop();
      return;
    }
    this.dropped = true;
    if (this.lamp !== "off") this.show("away", reason);
    // What only rings cannot be answered any more: the queue rings elsewhere, or here again.
    if (this.line && !spoken) this.line.session.terminate({ status_code: 480, cause: JsSIP.C.causes.CONNECTION_ERROR });
  }

  private show(lamp: Lamp, reason: string): void {
    this.lamp = lamp;
    this.listener.lamp(lamp, reason);
  }
}
