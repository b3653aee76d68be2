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
  stream: MediaStream | undefined;
  private analyser: AnalyserNode | undefined;
  private source: MediaStreamAudioSourceNode | undefined;

  // Throws what getUserMedia throws: NotAllowedError, NotFoundError, …
  async open(): Promise<MediaStream> {
    const wanted = localStorage.getItem("desk-microphone");
    const more = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    const before = this.stream;
    this.stream = await navigator.mediaDevices.getUserMedia({
      audio: wanted ? { deviceId: { ideal: wanted }, ...more } : more,
    });
    before?.getTracks().forEach((track) => track.stop());
    this.listen(this.stream);
    return this.stream;
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
  if (name === "NotAllowedError") return "浏览器没有允许使用麦克风。请点地址栏左边的图标，允许麦克风，然后刷新。";
  if (name === "NotFoundError") return "没有找到麦克风。请插好耳麦，然后刷新。";
  if (name === "NotReadableError") return "麦克风正被别的程序占用。请关掉那个程序，然后刷新。";
  if (!window.isSecureContext) return "这个地址不是 https，浏览器不让使用麦克风。请用 https 地址打开坐席台。";
  return "麦克风打不开。请检查耳麦，然后刷新。";
}

// Fills the two lists and keeps what was chosen; `changed` is called with the new microphone open.
export async function chooseDevices(
  microphone: Microphone,
  speaker: HTMLAudioElement,
  changed: (stream: MediaStream) => void,
): Promise<void> {
  const inputs = document.querySelector<HTMLSelectElement>("[data-microphone]")!;
  const outputs = document.querySelector<HTMLSelectElement>("[data-speaker]")!;
  const fill = async (): Promise<void> => {
    const devices = await navigator.mediaDevices.enumerateDevices();
    for (const [list, kind, key] of [
      [inputs, "audioinput", "desk-microphone"],
      [outputs, "audiooutput", "desk-speaker"],
    ] as const) {
      const options = devices
        .filter((device) => device.kind === kind)
        .map((device, at) => new Option(device.label || `设备 ${at + 1}`, device.deviceId));
      list.replaceChildren(...(options.length ? options : [new Option("系统默认", "")]));
      const kept = localStorage.getItem(key);
      if (kept && options.some((one) => one.value === kept)) list.value = kept;
    }
  };
  const direct = async (): Promise<void> => {
    if (outputs.value && "setSinkId" in speaker) await speaker.setSinkId(outputs.value).catch(() => undefined);
  };
  inputs.addEventListener("change", () => {
    localStorage.setItem("desk-microphone", inputs.value);
    void microphone.open().then(changed);
  });
  outputs.addEventListener("change", () => {
    localStorage.setItem("desk-speaker", outputs.value);
    void direct();
  });
  navigator.mediaDevices.addEventListener("devicechange", () => void fill());
  await fill();
  await direct();
}
