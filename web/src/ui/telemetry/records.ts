/**
 * The longest balance and the hardest push survived: since the page was opened, and the personal bests that this browser
 * remembers per bundle.
 */

/** Seconds of simulated time on its feet after a push, for the push to count as survived. */
const SURVIVED_AFTER = 3;
const KEY = { balance: "bbconvert.best.", push: "bbconvert.push." } as const;

export type Feat = keyof typeof KEY;

/** What a frame says of the episode; times in seconds of simulated time. */
export interface Standing {
  readonly episode: number;
  readonly time: number;
  /** How long the episode has lasted, or did. */
  readonly survived: number;
  readonly fallen: boolean;
  /** The pushes of this moment and of a moment ago; `id` tells them apart. */
  readonly pushes: readonly Push[];
}

interface Push {
  readonly id: number;
  /** N·s, world. */
  readonly impulse: readonly [number, number, number];
}

interface Blow {
  readonly impulse: number;
  readonly episode: number;
  readonly time: number;
}

export class Records {
  /** Seconds. */
  longest = 0;
  /** N·s; 0: none. */
  hardest = 0;
  readonly best: Record<Feat, number> = { balance: 0, push: 0 };
  #bundle = "";
  #falls = true;
  #blows: Blow[] = [];
  #episode = 0;
  #lastPush = 0;
  /** The personal bests when a new one was last reported. */
  #told: Record<Feat, number> = { balance: 0, push: 0 };

  /** Switches to another bundle. `falls`: its episodes end where the body falls; else there is nothing to survive. */
  open(bundle: string, falls: boolean): void {
    this.#bundle = bundle;
    this.#falls = falls;
    this.#blows = [];
    this.#lastPush = 0;
    this.longest = 0;
    this.hardest = 0;
    for (const feat of ["balance", "push"] as const) {
      this.best[feat] = recall(KEY[feat] + bundle);
      this.#told[feat] = this.best[feat];
    }
  }

  /** Notes where the episode stands; the feats that have just beaten a personal best, each once an episode. */
  note({ episode, time, survived, fallen, pushes }: Standing): readonly Feat[] {
    if (episode !== this.#episode) this.#told = { ...this.best };
    this.#episode = episode;
    this.longest = Math.max(this.longest, survived);
    for (const { id, impulse } of pushes) {
      if (id <= this.#lastPush) continue;
      this.#lastPush = id;
      if (this.#falls) this.#blows.push({ impulse: Math.hypot(...impulse), episode, time });
    }
    // A restored moment undoes what came after it; a fall is no survival.
    this.#blows = this.#blows.filter((blow) => !fallen && blow.episode === episode && blow.time <= time);
    for (const blow of this.#blows) {
      if (time - blow.time >= SURVIVED_AFTER) this.hardest = Math.max(this.hardest, blow.impulse);
    }
    this.#blows = this.#blows.filter((blow) => time - blow.time < SURVIVED_AFTER);
    return (["balance", "push"] as const).filter((feat) => this.#beats(feat));
  }

  /** Keeps the personal bests for the next visit; a browser that forbids storing just forgets. */
  keep(): void {
    for (const feat of ["balance", "push"] as const) {
      if (this.#bundle === "" || this.best[feat] <= recall(KEY[feat] + this.#bundle)) continue;
      try {
        localStorage.setItem(KEY[feat] + this.#bundle, String(this.best[feat]));
      } catch {
        // Private windows and blocked cookies: the best lasts as long as the page.
      }
    }
  }

  /** The first result ever does not beat a record. */
  #beats(feat: Feat): boolean {
    const reached = feat === "balance" ? this.longest : this.hardest;
    if (reached <= this.best[feat]) return false;
    this.best[feat] = reached;
    const told = this.#told[feat];
    this.#told[feat] = Number.POSITIVE_INFINITY;
    return told > 0 && told < Number.POSITIVE_INFINITY;
  }
}

function recall(key: string): number {
  try {
    const best = Number(localStorage.getItem(key));
    return Number.isFinite(best) ? best : 0;
  } catch {
    return 0;
  }
}
