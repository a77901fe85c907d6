/** A film of the picture: as wide as it was when it began, in what this browser can record, a minute at most. */
import { element, icon, write } from "../controls/element";
import { strings } from "../strings";

/** Seconds. */
const LONGEST = 60;
const TELL_MS = 250;
/** In the order of preference. */
const FORMATS = [
  { type: "video/webm;codecs=vp9", extension: "webm" },
  { type: "video/webm;codecs=vp8", extension: "webm" },
  { type: "video/webm", extension: "webm" },
  { type: "video/mp4", extension: "mp4" },
] as const;
/** Bits a second for each pixel. */
const BITS_PER_PIXEL = 6;

export interface FilmFile {
  readonly blob: Blob;
  readonly extension: string;
}

/** The format that this browser can record; null where there is none. */
export function filmFormat(): (typeof FORMATS)[number] | null {
  if (typeof MediaRecorder === "undefined") return null;
  return FORMATS.find(({ type }) => MediaRecorder.isTypeSupported(type)) ?? null;
}

export class Film {
  readonly #line = element("div", { class: "film panel", role: "status", "aria-label": strings.filming });
  readonly #told = element("span");
  readonly #stop = element("button", { type: "button", class: "button" }, strings.stopFilm);
  /** The pictures are copied: the drawn one changes its size where drawing is slow. */
  readonly #copy = element("canvas");
  #recorder: MediaRecorder | null = null;

  constructor(
    readonly canvas: HTMLCanvasElement,
    readonly finished: (film: FilmFile) => void,
  ) {
    this.#line.append(icon("record"), this.#told, this.#stop);
    this.#stop.addEventListener("click", () => this.stop());
  }

  get running(): boolean {
    return this.#recorder !== null;
  }

  /** Begins; throws where this browser records nothing. */
  start(): void {
    const format = filmFormat();
    if (format === null) throw new Error(strings.noFilm);
    if (this.running) return;
    const { width, height } = this.canvas;
    // Encoders want even sizes.
    this.#copy.width = width - (width % 2);
    this.#copy.height = height - (height % 2);
    this.take();
    const bits = BITS_PER_PIXEL * width * height;
    const recorder = new MediaRecorder(this.#copy.captureStream(), { mimeType: format.type, videoBitsPerSecond: bits });
    const parts: Blob[] = [];
    let size = 0;
    const began = performance.now();
    const tell = (): void => {
      const seconds = (performance.now() - began) / 1000;
      write(this.#told, strings.filmed(seconds, LONGEST, size));
      if (seconds >= LONGEST) this.stop();
    };
    const timer = window.setInterval(tell, TELL_MS);
    recorder.addEventListener("dataavailable", ({ data }) => {
      parts.push(data);
      size += data.size;
    });
    recorder.addEventListener("stop", () => {
      window.clearInterval(timer);
      this.#line.remove();
      for (const track of recorder.stream.getTracks()) track.stop();
      this.finished({ blob: new Blob(parts, { type: format.type }), extension: format.extension });
    });
    recorder.start(1000);
    this.#recorder = recorder;
    document.body.append(this.#line);
    tell();
  }

  stop(): void {
    this.#recorder?.stop();
    this.#recorder = null;
  }

  /** Takes the picture that was just drawn. */
  take(): void {
    const { width, height } = this.#copy;
    this.#copy.getContext("2d", { alpha: false })?.drawImage(this.canvas, 0, 0, width, height);
  }
}
