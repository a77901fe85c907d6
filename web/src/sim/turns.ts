/** Asynchronous work, one piece at a time, in the order it was asked for. */
export class Turns {
  private last: Promise<unknown> = Promise.resolve();

  /** Does `work` when its turn comes; its failure is the caller's, the next turn comes all the same. */
  take<T>(work: () => T | Promise<T>): Promise<T> {
    const mine = this.last.then(work);
    this.last = mine.catch(ignore);
    return mine;
  }
}

function ignore(): void {}
