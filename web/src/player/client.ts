/** The main thread's end of the worker: typed requests, events, and crashes or silence reported in words. */
import {
  type AliveEvent,
  type Command,
  type ErrorEvent,
  type FromWorker,
  fatalError,
  type Picture,
  type Replies,
  type RequestType,
  type ToWorker,
} from "../protocol";
import { Watchdog } from "./watchdog";

/** What the worker sends without a request. */
export type SimulationEvent = Exclude<FromWorker, { type: "reply" | "failure" | "pong" }> | AliveEvent;

/** The worker as the client needs it: a `Worker`, or a test's stand-in. */
export interface Channel {
  postMessage(message: ToWorker, transfer: Transferable[]): void;
  terminate(): void;
  onmessage: ((event: MessageEvent<FromWorker>) => void) | null;
  onerror: ((event: globalThis.ErrorEvent) => void) | null;
  onmessageerror: ((event: MessageEvent) => void) | null;
}

interface Pending {
  readonly resolve: (value: Replies[RequestType]) => void;
  readonly reject: (error: Error) => void;
}

/** Starts the simulation's worker. */
export function startWorker(): Worker {
  return new Worker(new URL("../worker/worker.ts", import.meta.url), { type: "module", name: "simulation" });
}

export class SimulationClient {
  private readonly pending = new Map<number, Pending>();
  private nextId = 1;
  private worker: Channel;
  /** Why the worker is lost. */
  private crash: Error | null = null;
  private readonly watchdog = new Watchdog(
    () => this.worker.postMessage({ type: "ping" }, []),
    (silence) => this.onEvent(silence > 0 ? silent(silence / 1000) : { type: "alive" }),
  );

  constructor(
    private readonly start: () => Channel,
    private readonly onEvent: (event: SimulationEvent) => void,
  ) {
    this.worker = this.begin();
  }

  /** Rejects with the worker's sentence where it fails. */
  request<C extends Command>(command: C): Promise<Replies[C["type"]]> {
    if (this.crash !== null) return Promise.reject(this.crash);
    const id = this.nextId++;
    return new Promise<Replies[RequestType]>((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      this.worker.postMessage({ ...command, id }, []);
    }) as Promise<Replies[C["type"]]>;
  }

  /** Gives a frame's poses back, once they are drawn. */
  giveBack(poses: Float32Array): void {
    if (poses.buffer instanceof ArrayBuffer) this.worker.postMessage({ type: "buffer", poses }, [poses.buffer]);
  }

  /** Answers the worker's `look`. */
  give(picture: Picture): void {
    this.worker.postMessage(picture, picture.pixels === null ? [] : [picture.pixels.buffer as ArrayBuffer]);
  }

  /** Asks whether the worker is alive: once every `BEAT_MS`. `now`: milliseconds; `seen`: the page is visible. */
  beat(now: number, seen: boolean): void {
    if (this.crash === null) this.watchdog.beat(now, seen);
  }

  /** Ends the worker, whatever it does, and starts another one, which has no bundle yet. What was asked fails. */
  restart(): void {
    this.end(new Error("The simulation was stopped before it answered."));
    this.crash = null;
    this.watchdog.restart();
    this.worker = this.begin();
  }

  /** `reason`: what is still waited for fails with it. */
  terminate(reason = "The simulation was closed."): void {
    this.end(new Error(reason));
  }

  private begin(): Channel {
    const worker = this.start();
    worker.onmessage = ({ data }) => this.receive(data);
    // A module worker that could not even be fetched has no message.
    worker.onerror = (event) => this.die(fatalError(event.message || "its script could not be loaded"));
    worker.onmessageerror = () => this.die(fatalError("it sent something unreadable"));
    return worker;
  }

  private receive(message: FromWorker): void {
    this.watchdog.heard();
    switch (message.type) {
      case "pong":
        break;
      case "reply":
        this.settle(message.id)?.resolve(message.value);
        break;
      case "failure":
        this.settle(message.id)?.reject(new Error(message.message));
        break;
      case "error":
        if (message.fatal) this.die(message);
        else this.onEvent(message);
        break;
      default:
        this.onEvent(message);
    }
  }

  private settle(id: number): Pending | undefined {
    const pending = this.pending.get(id);
    this.pending.delete(id);
    return pending;
  }

  private die(event: ErrorEvent): void {
    this.end(new Error(event.message));
    this.onEvent(event);
  }

  /** Nothing waits for ever: what was asked fails with the reason. What the worker still says is not heard. */
  private end(reason: Error): void {
    this.worker.onmessage = null;
    this.worker.onerror = null;
    this.worker.onmessageerror = null;
    this.worker.terminate();
    this.crash = reason;
    for (const { reject } of this.pending.values()) reject(reason);
    this.pending.clear();
  }
}

/** The worker may be stuck: it has not answered for this many seconds. */
function silent(seconds: number): ErrorEvent {
  const message = `The simulation has not answered for ${Math.round(seconds)} s.`;
  return { type: "error", message, fatal: false, silent: Math.round(seconds) };
}
