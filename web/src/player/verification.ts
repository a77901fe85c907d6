/** Verification in a worker of its own, which ends with it: play keeps its pace, and the memory is given back. */
import type { Check, Command, ProgressEvent } from "../protocol";
import { type Channel, SimulationClient } from "./client";

type Verify = Extract<Command, { type: "verify" }>;

export class Verification {
  #running: { readonly client: SimulationClient; readonly checks: Promise<readonly Check[]> } | null = null;

  constructor(
    private readonly startWorker: () => Channel,
    private readonly onProgress: (event: ProgressEvent) => void,
  ) {}

  /** The checks of a bundle; who asks while it is being verified gets the same ones. */
  run(request: Verify): Promise<readonly Check[]> {
    this.#running ??= this.#start(request);
    return this.#running.checks;
  }

  /** Ends what runs, which then rejects. */
  stop(): void {
    this.#running?.client.terminate("The verification was stopped: another bundle was loaded.");
    this.#running = null;
  }

  #start(request: Verify): { client: SimulationClient; checks: Promise<readonly Check[]> } {
    const client = new SimulationClient(this.startWorker, (event) => {
      if (event.type === "progress") this.onProgress(event);
    });
    const checks = client.request(request).finally(() => {
      if (this.#running?.client === client) this.stop();
    });
    return { client, checks };
  }
}
