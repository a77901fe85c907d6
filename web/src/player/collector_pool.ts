/** Workers that play for trainings: each takes the next jobs when it is free. One that dies is replaced, and its jobs are played again. */
import type { NetworkShape, TrainingBody, TrainingJob, TrainingResult, TrainingSettings } from "../protocol";
import { type Channel, SimulationClient } from "./client";

/** How often in a row a worker may die over the same jobs. */
const TRIES = 3;
/** Parts that a worker's share of the jobs is cut into, so that none waits long for the others. */
const PARTS = 4;

interface Task {
  readonly run: number;
  readonly jobs: readonly TrainingJob[];
  readonly resolve: (results: readonly TrainingResult[]) => void;
  readonly reject: (error: Error) => void;
  tries: number;
}

/** What a worker has to know of a training before it plays for it. */
interface Enrolment {
  readonly body: TrainingBody;
  readonly settings: TrainingSettings;
  readonly network: NetworkShape;
}

class Collecting {
  lost = false;
  readonly joined = new Set<number>();
  readonly client: SimulationClient;

  constructor(startWorker: () => Channel) {
    this.client = new SimulationClient(startWorker, (event) => {
      if (event.type === "error" && event.fatal) this.lost = true;
    });
  }
}

export class CollectorPool {
  private readonly tasks: Task[] = [];
  private readonly idle: Collecting[];
  private readonly all: Set<Collecting>;
  private readonly enrolments = new Map<number, Enrolment>();
  private closed = false;

  /** `tell` hears of workers that died. */
  constructor(
    private readonly startWorker: () => Channel,
    readonly workers: number,
    private readonly tell: (message: string) => void,
  ) {
    this.idle = Array.from({ length: workers }, () => new Collecting(startWorker));
    this.all = new Set(this.idle);
  }

  /** Makes a training known; `run` is its number. */
  enrol(run: number, enrolment: Enrolment): void {
    this.enrolments.set(run, enrolment);
    for (const worker of this.all) worker.joined.delete(run);
  }

  /** The results of the jobs, in their order. Rejects with the worker's sentence. */
  async play(run: number, jobs: readonly TrainingJob[]): Promise<readonly TrainingResult[]> {
    const size = Math.max(1, Math.ceil(jobs.length / (PARTS * this.workers)));
    const parts = Array.from({ length: Math.ceil(jobs.length / size) }, (_, i) => jobs.slice(i * size, (i + 1) * size));
    const played = await Promise.all(
      parts.map(
        (part) =>
          new Promise<readonly TrainingResult[]>((resolve, reject) => {
            this.tasks.push({ run, jobs: part, resolve, reject, tries: 0 });
            this.next();
          }),
      ),
    );
    return played.flat();
  }

  close(): void {
    this.closed = true;
    for (const { client } of this.all) client.terminate("The training was closed.");
    for (const task of this.tasks.splice(0)) task.reject(new Error("The training was closed."));
  }

  /** @internal For tests: ends a worker as a crash does. */
  get clients(): readonly SimulationClient[] {
    return Array.from(this.all, ({ client }) => client);
  }

  private next(): void {
    while (this.idle.length > 0 && this.tasks.length > 0) {
      const worker = this.idle.pop() as Collecting;
      void this.work(worker, this.tasks.shift() as Task);
    }
  }

  private async work(worker: Collecting, task: Task): Promise<void> {
    try {
      await this.join(worker, task.run);
      task.resolve(await worker.client.request({ type: "trainPlay", run: task.run, jobs: task.jobs }));
      this.idle.push(worker);
    } catch (error) {
      this.failed(worker, task, error instanceof Error ? error : new Error(String(error)));
    }
    this.next();
  }

  private async join(worker: Collecting, run: number): Promise<void> {
    if (worker.joined.has(run)) return;
    const enrolment = this.enrolments.get(run);
    if (enrolment === undefined) throw new Error(`Training ${run} is unknown to these workers: call enrol first.`);
    await worker.client.request({ type: "trainJoin", run, ...enrolment });
    worker.joined.add(run);
  }

  private failed(worker: Collecting, task: Task, error: Error): void {
    if (!worker.lost || this.closed) {
      this.idle.push(worker);
      task.reject(error);
      return;
    }
    this.all.delete(worker);
    const other = new Collecting(this.startWorker);
    this.all.add(other);
    this.idle.push(other);
    task.tries += 1;
    if (task.tries >= TRIES) {
      task.reject(error);
      return;
    }
    this.tell(`A worker was lost (${error.message}) Another one plays its bodies.`);
    this.tasks.unshift(task);
  }
}
