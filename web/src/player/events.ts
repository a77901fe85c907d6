/** What a player tells unasked, by the names that `addEventListener` takes. */
import type {
  AliveEvent,
  Check,
  EpisodeEvent,
  ErrorEvent,
  LetGoEvent,
  Loaded,
  PlayState,
  ProgressEvent,
  ReplayEvent,
  SightEvent,
} from "../protocol";

/** The events of a player: `event.detail` carries what the table says. */
export interface PlayerEvents {
  /** An episode ended or began. */
  episode: EpisodeEvent;
  /** A replay came to its end. */
  replay: ReplayEvent;
  /** Play continues from a moment of the history in which a body was dragged: that drag has ended. */
  letGo: LetGoEvent;
  /** Something went wrong outside a call. `fatal`: nothing works until `restart()`; `silent`: it may be stuck. */
  error: ErrorEvent;
  /** After an `error` with `silent`: the simulation answers again. */
  alive: AliveEvent;
  /** Playing, policy, backend, speed, seed or bundle changed. */
  state: PlayState;
  /** Another bundle is in place. */
  load: Loaded;
  /** A load or a verification went on by a stage. */
  progress: ProgressEvent;
  /** What the network that sees made of a picture. */
  sight: SightEvent;
  /** Rows of a verification that just ran in this tab. */
  verify: readonly Check[];
}

/** An `EventTarget` whose events have types. */
export class PlayerEventTarget {
  readonly #events = new EventTarget();

  addEventListener<T extends keyof PlayerEvents>(
    type: T,
    listener: (event: CustomEvent<PlayerEvents[T]>) => void,
    options?: AddEventListenerOptions,
  ): void {
    this.#events.addEventListener(type, listener as EventListener, options);
  }

  removeEventListener<T extends keyof PlayerEvents>(
    type: T,
    listener: (event: CustomEvent<PlayerEvents[T]>) => void,
  ): void {
    this.#events.removeEventListener(type, listener as EventListener);
  }

  /** @internal Passes on what the worker said, under the same name. */
  protected pass(
    event: EpisodeEvent | ReplayEvent | LetGoEvent | ErrorEvent | AliveEvent | ProgressEvent | SightEvent,
  ): void {
    this.dispatch<keyof PlayerEvents>(event.type, event);
  }

  /** @internal */
  protected dispatch<T extends keyof PlayerEvents>(type: T, detail: PlayerEvents[T]): void {
    this.#events.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
