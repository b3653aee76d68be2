// Microphone, speaker, level and ring tone. The microphone stays open while one is signed in, so that answering takes
// no time; it is sent only into a call.
const RING_HERTZ = [450, 450] as const;
const RING_SECONDS = 1;
const RING_EVERY_MS = 4000;

let context: AudioContext | undefined;

function audio(): AudioContext {
  context ??= new AudioContext();
  void context.resume();
  return context;
}

export class Ringer {
  private timer: ReturnType<typeof setInterval> | undefined;

  start(): void {
    if (this.timer) return;
    this.once();
    this.timer = setInterval(() => this.once(), RING_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  once(): void {
    const out = audio();
    const volume = out.createGain();
    volume.gain.setValueAtTime(0, out.currentTime);
    volume.gain.linearRampToValueAtTime(0.18, out.currentTime + 0.04);
    volume.gain.setValueAtTime(0.18, out.currentTime + RING_SECONDS - 0.08);
    volume.gain.linearRampToValueAtTime(0, out.currentTime + RING_SECONDS);
    volume.connect(out.destination);
    RING_HERTZ.forEach((hertz, at) => {
      const tone = out.createOscillator();
      tone.frequency.value = hertz * (1 + at * 0.25);
      tone.connect(volume);
      tone.start();
      tone.stop(out.currentTime + RING_SECONDS);
    });
  }
}

export class Microphone {
  // Undefined: there is none, or it was pulled out.
  stream: MediaStream | undefined;
  lost: () => void = () => {};
  private analyser: AnalyserNode | undefined;
  private source: MediaStreamAudioSourceNode | undefined;

  // Throws what getUserMedia throws: NotAllowedError, NotFoundError, …
  async open(): Promise<MediaStream> {
    const wanted = localStorage.getItem("desk-microphone");
    const more = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    const ask = (audio: MediaTrackConstraints): Promise<MediaStream> => navigator.mediaDevices.getUserMedia({ audio });
    // An ideal device is not always the one that is given; the chosen one may be gone.
    const stream = wanted
      ? await ask({ ...more, deviceId: { exact: wanted } }).catch(() => ask(more))
      : await ask(more);
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = stream;
    // Not called for a track that we stop ourselves.
    stream.getAudioTracks()[0]?.addEventListener("ended", () => {
      if (this.stream !== stream) return;
      this.stream = undefined;
      this.lost();
    });
    this.listen(stream);
    return stream;
  }

  // Each call gets a track of its own: JsSIP mutes by the track.
  forCall(): MediaStream | undefined {
    return this.stream?.clone();
  }

  // 0 to 1.
  level(): number {
    if (!this.analyser) return 0;
    const samples = new Uint8Array(this.analyser.fftSize);
    this.analyser.getByteTimeDomainData(samples);
    return Math.min(1, Math.max(...samples.map((one) => Math.abs(one - 128))) / 100);
  }

  private listen(stream: MediaStream): void {
    const out = audio();
    this.source?.disconnect();
    this.source = out.createMediaStreamSource(stream);
    this.analyser = out.createAnalyser();
    this.analyser.fftSize = 512;
    this.source.connect(this.analyser);
  }
}

export function microphoneTrouble(error: unknown): string {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError")
    return "浏览器没有允许使用麦克风。请点地址栏左边的图标，允许麦克风，再点一下这一页，会自动再试。";
  if (name === "NotFoundError") return "没有找到麦克风。插好耳麦会自动接上。";
  if (name === "NotReadableError") return "麦克风正被别的程序占用。请关掉那个程序，再点一下这一页，会自动再试。";
  if (!window.isSecureContext) return "这个地址不是 https，浏览器不让使用麦克风。请用 https 地址打开坐席台。";
  return "麦克风打不开。请检查耳麦，再点一下这一页，会自动再试。";
}

// The lists of microphones and speakers, and what is chosen in them. A microphone that is pulled out is replaced by
// another; one that is plugged in while there is none is opened.
export class Devices {
  private readonly inputs = document.querySelector<HTMLSelectElement>("[data-microphone]")!;
  private readonly outputs = document.querySelector<HTMLSelectElement>("[data-speaker]")!;
  private wanted = false;
  private opening: Promise<boolean> | undefined;

  constructor(
    private readonly microphone: Microphone,
    private readonly speaker: HTMLAudioElement,
    // Called with the microphone in use from now on (undefined: none), and the message about it.
    private readonly changed: (stream: MediaStream | undefined, words: string) => void,
  ) {
    microphone.lost = () => void this.open("耳麦断开了，已改用别的麦克风，请确认对方听得见您。");
    this.inputs.addEventListener("change", () => {
      localStorage.setItem("desk-microphone", this.inputs.value);
      void this.open();
    });
    this.outputs.addEventListener("change", () => {
      localStorage.setItem("desk-speaker", this.outputs.value);
      void this.direct();
    });
    navigator.mediaDevices?.addEventListener("devicechange", () => void this.readDevices());
    // Whoever has allowed it, or closed the program that held it, comes back to the page: no reload, which would lose
    // a call and what is typed.
    window.addEventListener("focus", () => void this.tryAgain());
    document.addEventListener("click", () => void this.tryAgain());
  }

  // Whether there is a microphone now.
  open(words = ""): Promise<boolean> {
    this.wanted = true;
    this.opening ??= this.tryToOpen(words).finally(() => (this.opening = undefined));
    return this.opening;
  }

  private async tryToOpen(words: string, quiet = false): Promise<boolean> {
    try {
      await this.microphone.open();
      await this.fill();
      await this.direct();
      this.changed(this.microphone.stream, words);
    } catch (error) {
      if (!quiet) this.changed(this.microphone.stream, microphoneTrouble(error));
    }
    return this.microphone.stream !== undefined;
  }

  // Says nothing where it still does not open: what is wrong was said already.
  private async tryAgain(): Promise<void> {
    if (!this.wanted || this.microphone.stream || this.opening) return;
    this.opening = this.tryToOpen("麦克风接上了。", true).finally(() => (this.opening = undefined));
    await this.opening;
  }

  private async readDevices(): Promise<void> {
    if (this.opening) await this.opening;
    else if (this.wanted && !this.microphone.stream) await this.open("麦克风接上了。");
    else await this.fill();
  }

  private async fill(): Promise<void> {
    const devices = await navigator.mediaDevices.enumerateDevices();
    for (const [list, kind, key] of [
      [this.inputs, "audioinput", "desk-microphone"],
      [this.outputs, "audiooutput", "desk-speaker"],
    ] as const) {
      const options = devices
        .filter((device) => device.kind === kind)
        .map((device, at) => new Option(device.label || `设备 ${at + 1}`, device.deviceId));
      list.replaceChildren(...(options.length ? options : [new Option("系统默认", "")]));
      const kept = localStorage.getItem(key);
      if (kept && options.some((one) => one.value === kept)) list.value = kept;
    }
  }

  private async direct(): Promise<void> {
    if (!this.outputs.value || !("setSinkId" in this.speaker)) return;
    await this.speaker
      .setSinkId(this.outputs.value)
      .catch(() => this.changed(this.microphone.stream, "这个听筒用不了，声音还从原来的设备出来。"));
  }
}
