/** The longest balance: since the page was opened, and the personal best that this browser remembers per bundle. */

const KEY = "bbconvert.best.";

export class Records {
  #bundle = "";
  /** Seconds of simulated time. */
  longest = 0;
  best = 0;

  /** Turns to another bundle. */
  open(bundle: string): void {
    this.#bundle = bundle;
    this.longest = 0;
    this.best = recall(bundle);
  }

  /** Notes that an episode has lasted `seconds`; true if that beats the personal best. */
  note(seconds: number): boolean {
    this.longest = Math.max(this.longest, seconds);
    if (seconds <= this.best) return false;
    this.best = seconds;
    return true;
  }

  /** Keeps the personal best for the next visit; a browser that forbids storing just forgets. */
  keep(): void {
    if (this.#bundle === "" || this.best <= recall(this.#bundle)) return;
    try {
      localStorage.setItem(KEY + this.#bundle, String(this.best));
    } catch {
      // Private windows and blocked cookies: the best lasts as long as the page.
    }
  }
}

function recall(bundle: string): number {
  try {
    const best = Number(localStorage.getItem(KEY + bundle));
    return Number.isFinite(best) ? best : 0;
  } catch {
    return 0;
  }
}
