/** Runs asynchronous tasks one at a time, in the order in which they came. */
export class SerialQueue {
  private last: Promise<unknown> = Promise.resolve();

  /** Runs `task` after those before it. A failure rejects for its own caller alone; the next task runs all the same. */
  run<T>(task: () => T | Promise<T>): Promise<T> {
    const mine = this.last.then(task);
    this.last = mine.catch(ignore);
    return mine;
  }
}

function ignore(): void {}
