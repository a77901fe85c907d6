/** The main thread's end of the worker: typed requests, events, and a crash told in words. */
import type { Command, ErrorEvent, FromWorker, Replies, RequestType, ToWorker } from "./protocol";

/** What the worker says unasked. */
export type SimulationEvent = Exclude<FromWorker, { type: "reply" | "failure" }>;

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
  return new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "simulation" });
}

export class SimulationClient {
  private readonly pending = new Map<number, Pending>();
  private nextId = 1;
  /** Why the worker is gone. */
  private crash: Error | null = null;

  constructor(
    private readonly worker: Channel,
    private readonly onEvent: (event: SimulationEvent) => void,
  ) {
    worker.onmessage = ({ data }) => this.receive(data);
    worker.onerror = (event) => {
      // A module worker that could not even be fetched has no message.
      const reason = event.message || "its script could not be loaded";
      this.die({ type: "error", message: `The simulation stopped: ${reason}. Reload the page.`, fatal: true });
    };
    worker.onmessageerror = () =>
      this.die({ type: "error", message: "The simulation sent something unreadable. Reload the page.", fatal: true });
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

  terminate(): void {
    this.die(null);
  }

  private receive(message: FromWorker): void {
    if (this.crash !== null) return;
    switch (message.type) {
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

  /** Nothing waits for ever: what was asked fails with the reason. */
  private die(event: ErrorEvent | null): void {
    this.worker.terminate();
    this.crash = new Error(event?.message ?? "The simulation was closed.");
    for (const { reject } of this.pending.values()) reject(this.crash);
    this.pending.clear();
    if (event !== null) this.onEvent(event);
  }
}
