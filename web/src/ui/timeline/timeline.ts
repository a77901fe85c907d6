/**
 * The last minute of play as a slim track: episodes with their ends, pushes, the moment that is shown. Drag it, or use its
 * keys, to go back; whatever plays on from there replaces what came after, which fades while it waits.
 */
import type { Player } from "../../player/player";
import type { Timeline as Past, PlayState } from "../../protocol";
import { messageOf } from "../actions";
import { element, icon, write } from "../controls/element";
import type { Notices } from "../notices/notices";
import { follow, frame, loaded, state } from "../page/now";
import { strings } from "../strings";

/** How often (ms) the track follows what plays. */
const FOLLOW_MS = 100;
/** The least length of the track in seconds: the first second does not fill it. */
const SHORTEST = 15;
/** Seconds of a large step on the keyboard. */
const LEAP = 1;

export class Timeline {
  readonly #track = element("div", {
    class: "track",
    role: "slider",
    "aria-valuenow": 0,
    tabindex: 0,
    "aria-label": strings.timeline,
    title: strings.timelineTitle,
  });
  readonly #segments = element("div", { class: "segments-of-play" });
  readonly #future = element("div", { class: "future" });
  readonly #head = element("div", { class: "head" });
  readonly #tip = element("output", { class: "tip", "aria-hidden": "true", hidden: true });
  readonly #now = element(
    "button",
    { type: "button", class: "button now", title: `${strings.toNow} (${strings.endKey})` },
    element("i"),
    strings.now,
  );
  #past: Past | null = null;
  #playing = false;
  #asked = Number.NEGATIVE_INFINITY;
  #asking = false;
  /** Something has changed since the worker was asked. */
  #stale = false;
  /** The moment to go to once the worker has gone to the one before. */
  #wanted: number | null = null;
  #seeking = false;
  #drawn = "";

  /** `beside` stand at the right end of the track. */
  constructor(
    root: HTMLElement,
    readonly player: Player,
    readonly notices: Notices,
    ...beside: HTMLElement[]
  ) {
    this.#track.append(this.#segments, this.#future, this.#head, this.#tip);
    root.prepend(element("div", { class: "timeline" }, this.#track, this.#now, ...beside));
    this.#now.addEventListener("click", () => this.toNow());
    this.#track.addEventListener("keydown", (event) => this.#key(event));
    this.#track.addEventListener("pointerdown", (event) => this.#press(event));
    this.#track.addEventListener("pointermove", (event) => this.#move(event));
    this.#track.addEventListener("pointerup", () => this.#letGo());
    this.#track.addEventListener("pointercancel", () => this.#letGo());
    this.#track.addEventListener("pointerleave", () => this.#letGo());
    follow(loaded, () => void this.#refresh());
    follow(state, (now) => this.#show(now));
    follow(frame, () => this.#follow());
  }

  #show(state: PlayState): void {
    this.#playing = state.playing;
    this.#refresh();
  }

  /** A frame came: something has moved. */
  #follow(): void {
    if (!this.#playing || performance.now() - this.#asked >= FOLLOW_MS) this.#refresh();
  }

  /** Goes `moments` back (below 0) or forth, as far as there is something. */
  async leap(moments: number): Promise<void> {
    await this.#withPast((past) => this.#seek(past, past.at + moments));
  }

  /** Goes a second back (-1) or forth (1). */
  async leapSeconds(sign: -1 | 1): Promise<void> {
    await this.#withPast((past) => this.#seek(past, past.at + sign * Math.round(LEAP / past.dt)));
  }

  toBegin(): Promise<void> {
    return this.#withPast((past) => this.#seek(past, past.from));
  }

  toNow(): Promise<void> {
    return this.#withPast((past) => this.#seek(past, past.to));
  }

  /** Keys may come faster than the worker seeks: each counts from the goal of the one before. */
  async #withPast(act: (past: Past) => void): Promise<void> {
    const past = this.#seeking ? this.#past : await this.player.history().catch(() => null);
    if (past !== null) act({ ...past, at: this.#wanted ?? past.at });
  }

  async #refresh(): Promise<void> {
    this.#stale = true;
    if (this.#asking || !this.player.loaded) return;
    this.#asking = true;
    while (this.#stale && !this.#seeking) {
      this.#stale = false;
      this.#asked = performance.now();
      // A crash is reported by its own event.
      const past = await this.player.history().catch(() => null);
      if (past !== null && !this.#seeking) this.#draw(past);
    }
    this.#asking = false;
  }

  #seek(past: Past, index: number): void {
    const goal = Math.min(past.to, Math.max(past.from, Math.round(index)));
    this.#draw({ ...past, at: goal });
    this.#wanted = goal;
    if (!this.#seeking) void this.#go();
  }

  async #go(): Promise<void> {
    this.#seeking = true;
    try {
      while (this.#wanted !== null) {
        const index = this.#wanted;
        await this.player.seek(index);
        if (this.#wanted === index) this.#wanted = null;
      }
    } catch (error) {
      this.#wanted = null;
      this.notices.toast(messageOf(error));
    } finally {
      this.#seeking = false;
    }
    await this.#refresh();
  }

  #key(event: KeyboardEvent): void {
    const act = {
      ArrowLeft: () => this.leap(-1),
      ArrowDown: () => this.leap(-1),
      ArrowRight: () => this.leap(1),
      ArrowUp: () => this.leap(1),
      PageDown: () => this.leapSeconds(-1),
      PageUp: () => this.leapSeconds(1),
      Home: () => this.toBegin(),
      End: () => this.toNow(),
    }[event.key];
    if (act === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    // Elsewhere the arrows push.
    event.stopPropagation();
    void act();
  }

  #press(event: PointerEvent): void {
    if (event.button !== 0 || this.#past === null) return;
    event.preventDefault();
    this.#track.setPointerCapture(event.pointerId);
    this.#track.classList.add("held");
    this.#scrub(event);
  }

  #move(event: PointerEvent): void {
    if (this.#track.classList.contains("held")) this.#scrub(event);
    else if (event.pointerType === "mouse" && this.#past !== null) this.#hint(this.#past, this.#momentAt(event));
  }

  #letGo(): void {
    this.#track.classList.remove("held");
    this.#tip.hidden = true;
  }

  #scrub(event: PointerEvent): void {
    if (this.#past === null) return;
    const moment = this.#momentAt(event);
    this.#seek(this.#past, moment);
    this.#hint(this.#past, moment);
  }

  #momentAt(event: PointerEvent): number {
    const past = this.#past;
    if (past === null) return 0;
    const { left, width } = this.#track.getBoundingClientRect();
    const moment = past.from + ((event.clientX - left) / width) * span(past);
    return Math.min(past.to, Math.max(past.from, Math.round(moment)));
  }

  #hint(past: Past, moment: number): void {
    this.#tip.hidden = false;
    this.#tip.style.left = percent(past, moment);
    write(this.#tip, describe(past, moment));
  }

  #draw(past: Past): void {
    this.#past = past;
    const { from, to, at } = past;
    const behind = at < to;
    this.#head.style.left = percent(past, at);
    this.#future.style.left = percent(past, at);
    this.#future.style.width = `${(100 * (to - at)) / span(past)}%`;
    this.#future.hidden = !behind;
    this.#now.classList.toggle("behind", behind);
    for (const [name, value] of [
      ["aria-valuemin", from],
      ["aria-valuemax", to],
      ["aria-valuenow", at],
      ["aria-valuetext", describe(past, at)],
    ] as const)
      this.#track.setAttribute(name, String(value));
    const key = JSON.stringify([from, to, past.episodes, past.pushed]);
    if (key === this.#drawn) return;
    this.#drawn = key;
    this.#drawEpisodes(past);
  }

  #drawEpisodes(past: Past): void {
    const bars = past.episodes.map(({ begin, end, reason }, k) => {
      const last = (past.episodes[k + 1]?.begin ?? past.to + 1) - 1;
      const bar = element("div", { class: "episode" }, element("i", { class: "alive" }));
      place(bar, past, begin, last);
      const alive = bar.firstElementChild;
      if (alive instanceof HTMLElement) {
        alive.style.width = `${(100 * ((end ?? last) - begin)) / Math.max(1, last - begin)}%`;
      }
      if (reason !== null) bar.append(element("i", { class: `ending ${reason}` }));
      const notch = bar.lastElementChild;
      if (end !== null && notch instanceof HTMLElement) {
        notch.style.left = `${(100 * (end - begin)) / Math.max(1, last - begin)}%`;
      }
      return bar;
    });
    const pushes = past.pushed.map(([first, last]) => {
      const tick = element("div", { class: "pushed" });
      place(tick, past, first, last);
      return tick;
    });
    this.#segments.replaceChildren(...bars, ...pushes);
  }
}

/** The icon button that opens what can be kept; its panel is the caller's. */
export function keepButton(panel: string): HTMLButtonElement {
  return element(
    "button",
    {
      type: "button",
      class: "icon-button",
      popovertarget: panel,
      "aria-label": strings.keep,
      title: strings.keepTitle,
    },
    icon("keep"),
  );
}

/** Moments that the whole track stands for. */
function span(past: Past): number {
  return Math.max(past.to - past.from, SHORTEST / past.dt);
}

function percent(past: Past, moment: number): string {
  return `${(100 * (moment - past.from)) / span(past)}%`;
}

function place(node: HTMLElement, past: Past, first: number, last: number): void {
  node.style.left = percent(past, first);
  node.style.width = `${(100 * (last - first)) / span(past)}%`;
}

/** A moment in words: how long ago, in which episode, at which step. */
function describe(past: Past, moment: number): string {
  const episode = past.episodes.findLast(({ begin }) => begin <= moment);
  const step = episode === undefined ? 0 : episode.firstStep + moment - episode.begin;
  return strings.moment((past.to - moment) * past.dt, episode?.seed ?? 0, step);
}
