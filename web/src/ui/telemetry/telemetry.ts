/** The panel on the right: the episode, how fast everything runs, what the policy sees and does. */
import type { EpisodeEvent, Frame, Loaded, Metrics } from "../../protocol";
import { element, icon, write } from "../controls/element";
import { rateOf } from "../heading/facts";
import { ActionBars } from "../observation/action_bars";
import { ObservationStrip } from "../observation/observation";
import { follow, frame, loaded, state } from "../page/now";
import { strings } from "../strings";
import { GaitStrip } from "./gait_strip";
import { type Feat, Records } from "./records";

/** Numbers that change faster than this (ms) cannot be read. */
const READABLE_MS = 100;
const OPEN_KEY = "bbconvert.hud";

export class Telemetry {
  readonly #root: HTMLElement;
  readonly #toggle = element("button", { type: "button", class: "hud-toggle", "aria-controls": "hud-body" });
  readonly #summary = element("span", { class: "summary" });
  readonly #values = new Map<string, HTMLElement>();
  readonly #timing: HTMLElement;
  readonly #stages = element("div", { class: "stages", role: "img" });
  readonly #stageLegend = element("div", { class: "legend" });
  readonly #ending = element("span", { class: "ending", hidden: true });
  readonly #strip = new ObservationStrip();
  readonly #bars: ActionBars;
  readonly #gait = new GaitStrip();
  readonly #records = new Records();
  /** Whose records they are. */
  #level: number | null = null;
  #dt = 0.01;
  #written = 0;
  /** The timer of a frame that came too soon after the one before. */
  #later = 0;

  /** `mute` is called with the actuator whose bar was pressed, `beaten` with each personal best. */
  constructor(
    root: HTMLElement,
    mute: (actuator: number) => void,
    readonly beaten: (feat: Feat) => void,
    ...sections: HTMLElement[]
  ) {
    this.#root = root;
    this.#bars = new ActionBars(mute);
    root.setAttribute("aria-label", strings.hud);
    this.#toggle.append(icon("gauge"), this.#summary);
    this.#toggle.addEventListener("click", () => this.toggle());
    const episode = element(
      "section",
      { class: "episode" },
      this.#row("episode", strings.episode, null, this.#ending),
      this.#row("return", strings.return),
      this.#row("length", strings.length),
      this.#row("longest", strings.longest, strings.longestTitle),
      this.#row("hardest", strings.hardest, strings.hardestTitle),
    );
    const rates = element(
      "section",
      { class: "rates" },
      this.#row("control", strings.control),
      this.#row("factor", strings.factor),
      this.#row("lateness", strings.lateness, strings.latenessTitle),
      this.#row("dropped", strings.dropped, strings.droppedTitle),
      this.#row("frames", strings.rendering),
    );
    this.#timing = element(
      "section",
      { hidden: true },
      element("h2", {}, strings.stages),
      this.#stages,
      this.#stageLegend,
    );
    const body = element("div", { class: "body", id: "hud-body" });
    body.append(episode, this.#gait.root, ...sections, rates, this.#timing, this.#strip.root, this.#bars.root);
    root.append(this.#toggle, body);
    this.#open(preferred(this.usual));
    follow(loaded, (bundle) => this.#fit(bundle));
    follow(frame, (latest) => this.#frame(latest, !state.value.replaying));
    follow(state, ({ mutes, level }) => {
      this.#bars.showMutes(mutes);
      if (level === this.#level || loaded.value === null) return;
      this.#openRecords(loaded.value);
      this.#showRecords();
    });
  }

  get open(): boolean {
    return this.#root.classList.contains("open");
  }

  /** Whether there is room for it: then it is open, unless the user closed it. */
  get usual(): boolean {
    return window.matchMedia("(min-width: 56.25em)").matches;
  }

  /** Opens or folds it, for this visit alone. */
  set open(open: boolean) {
    this.#open(open);
  }

  toggle(): void {
    this.#open(!this.open);
    try {
      localStorage.setItem(OPEN_KEY, this.open ? "open" : "closed");
    } catch {
      // Not remembered where storing is forbidden.
    }
  }

  #fit(loaded: Loaded): void {
    this.#dt = loaded.manifest.env.dt;
    this.#strip.fit(loaded);
    this.#bars.fit(loaded.manifest);
    this.#gait.fit(loaded);
    this.#openRecords(loaded);
    this.#strip.draw(Float32Array.from(loaded.snapshot.observation), null);
    this.#bars.draw(Float32Array.from(loaded.snapshot.action));
    this.#written = 0;
    this.#write("episode", String(loaded.snapshot.episode));
    this.#write("return", "0");
    this.#write("length", strings.steps(0));
    this.#showRecords();
    if (frame.value) this.#frame(frame.value, false);
  }

  /** Each level of an environment has its own. */
  #openRecords({ manifest }: Loaded): void {
    const { healthy, terminate_when_unhealthy } = manifest.env.termination;
    const { level } = state.value;
    this.#level = level;
    const own = level === null || level === (manifest.env.level ?? null) ? "" : `.level${level}`;
    this.#records.open(`${manifest.name}${own}`, terminate_when_unhealthy && healthy.length > 0);
  }

  /** `counts`: a replay sets no record. */
  #frame(frame: Frame, counts: boolean): void {
    const now = performance.now();
    const survived = frame.episodeLength * this.#dt;
    const { episode, time, terminated: fallen, pushes } = frame;
    if (counts)
      for (const feat of this.#records.note({ episode, time, survived, fallen, pushes })) this.#celebrate(feat);
    if (this.open) {
      this.#gait.draw(frame);
      if (frame.observation) this.#strip.draw(frame.observation, frame.normalized);
      if (frame.action) this.#bars.draw(frame.action);
    }
    window.clearTimeout(this.#later);
    const over = frame.terminated || frame.truncated;
    if (now - this.#written < READABLE_MS && !over && frame.step > 0) {
      // The last one stays readable.
      this.#later = window.setTimeout(() => this.#showEpisode(frame), READABLE_MS);
    } else this.#showEpisode(frame);
  }

  #showEpisode(frame: Frame): void {
    this.#written = performance.now();
    const over = frame.terminated || frame.truncated;
    this.#ending.hidden = !over;
    const ending = frame.terminated ? "terminated" : "truncated";
    if (over) {
      write(this.#ending, strings[ending]);
      this.#ending.title = strings.endingTitle[ending];
      this.#ending.classList.toggle("truncated", ending === "truncated");
    }
    this.#write("episode", String(frame.episode));
    this.#write("return", frame.episodeReturn.toFixed(Math.abs(frame.episodeReturn) < 1000 ? 1 : 0));
    this.#write("length", `${strings.steps(frame.episodeLength)} · ${strings.seconds(frame.episodeLength * this.#dt)}`);
    this.#showRecords();
  }

  episode(event: EpisodeEvent): void {
    if (event.phase === "end") this.#records.keep();
    this.#ending.hidden = event.phase === "begin";
  }

  /** Saves the record of an unfinished episode before the page closes. */
  leave(): void {
    this.#records.keep();
  }

  metrics(metrics: Metrics, playing: boolean): void {
    const hz = metrics.controlHz.toFixed(1);
    const factor = metrics.realTimeFactor.toFixed(2);
    write(this.#summary, playing ? strings.hudSummary(hz, factor) : strings.hud);
    if (!this.open) return;
    this.#write("control", playing ? `${hz} Hz` : strings.unavailable, strings.target(rateOf(this.#dt)));
    this.#write("factor", playing ? `${factor}×` : strings.unavailable);
    this.#write(
      "lateness",
      playing
        ? strings.latenessValue(metrics.latenessMs.p50.toFixed(2), metrics.latenessMs.p99.toFixed(2))
        : strings.unavailable,
    );
    this.#write("dropped", String(metrics.droppedSteps));
    this.#write("frames", metrics.renderFps > 0 ? strings.fps(metrics.renderFps) : strings.still);
    this.#showStages(metrics.stepUs);
  }

  #showStages(stepUs: Metrics["stepUs"]): void {
    // Nothing stepped yet, nothing to show.
    this.#timing.hidden = stepUs.total === 0;
    if (stepUs.total === 0) return;
    const rest = Math.max(0, stepUs.total - stepUs.physics - stepUs.observation - stepUs.policy);
    const parts = [
      ["physics", stepUs.physics],
      ["observation", stepUs.observation],
      ["policy", stepUs.policy],
      ["rest", rest],
    ] as const;
    if (this.#stages.children.length === 0)
      for (const [stage] of parts) {
        this.#stages.append(element("i", { class: stage }));
        this.#stageLegend.append(element("span", { class: stage }, element("b"), ` ${strings.stage[stage]}`));
      }
    parts.forEach(([, us], k) => {
      const bar = this.#stages.children[k];
      const value = this.#stageLegend.children[k]?.firstElementChild;
      if (bar instanceof HTMLElement) bar.style.flexGrow = String(Math.max(0.001, us));
      if (value instanceof HTMLElement) write(value, us < 10 ? us.toFixed(1) : us.toFixed(0));
    });
    this.#stages.setAttribute("aria-label", parts.map(([stage, us]) => `${stage} ${us.toFixed(0)} µs`).join(", "));
  }

  #showRecords(): void {
    const { longest, hardest, best } = this.#records;
    const ever = (value: number, text: (value: number) => string) => (value > 0 ? strings.best(text(value)) : "");
    const shown = (value: number, text: (value: number) => string) => (value > 0 ? text(value) : strings.unavailable);
    this.#write("longest", shown(longest, strings.seconds), ever(best.balance, strings.seconds));
    this.#write("hardest", shown(hardest, strings.strengthValue), ever(best.push, strings.strengthValue));
  }

  /** A personal best was beaten: says so once, and highlights its row. */
  #celebrate(feat: Feat): void {
    const row = this.#values.get(feat === "balance" ? "longest" : "hardest")?.parentElement;
    row?.classList.remove("beaten");
    // Read, so that the animation begins anew.
    void row?.offsetWidth;
    row?.classList.add("beaten");
    this.beaten(feat);
  }

  #row(key: string, label: string, title: string | null = null, extra: HTMLElement | null = null): HTMLElement {
    const value = element("span", { class: "value" }, strings.unavailable);
    const note = element("span", { class: "note" });
    this.#values.set(key, value);
    this.#values.set(`${key}.note`, note);
    return element("div", { class: "row", title }, element("span", { class: "label" }, label), extra, note, value);
  }

  #write(key: string, text: string, note = ""): void {
    const value = this.#values.get(key);
    const beside = this.#values.get(`${key}.note`);
    if (value) write(value, text);
    if (beside) write(beside, note);
  }

  #open(open: boolean): void {
    this.#root.classList.toggle("open", open);
    this.#toggle.setAttribute("aria-expanded", String(open));
    const label = open ? strings.hudClose : strings.hudOpen;
    this.#toggle.setAttribute("aria-label", label);
    this.#toggle.title = `${label} (H)`;
    write(this.#summary, strings.hud);
  }
}

/** Open where there is room, unless the user decided otherwise on an earlier visit. */
function preferred(room: boolean): boolean {
  try {
    const kept = localStorage.getItem(OPEN_KEY);
    return kept === null ? room : room && kept === "open";
  } catch {
    return room;
  }
}
