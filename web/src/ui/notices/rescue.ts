/** When the simulation does not answer or has stopped: a question or a card, and a restart from the last state. */
import type { Player } from "../../player/player";
import type { ErrorEvent } from "../../protocol";
import { messageOf } from "../actions";
import { strings } from "../strings";
import type { Notices } from "./notices";
import type { Progress } from "./progress";

const SILENT = "silent";

export class Rescue {
  /** Counts the restarts: an older one that was itself replaced reports nothing. */
  #restarts = 0;

  /** `keepView` is called before a restart; what it returns, after it: the new scene is looked at as the old one was. */
  constructor(
    readonly player: Player,
    readonly notices: Notices,
    readonly progress: Progress,
    readonly keepView: () => () => void,
  ) {
    player.addEventListener("error", ({ detail }) => this.#tell(detail));
    player.addEventListener("alive", () => notices.lift(SILENT));
  }

  #tell({ message, fatal, silent }: ErrorEvent): void {
    if (fatal) this.#stopped(strings.failedWorker, message);
    else if (silent === undefined) this.notices.toast(message);
    else this.#ask(silent);
  }

  #ask(seconds: number): void {
    const about = this.player.loaded === null ? strings.silentLoading : strings.silentAbout;
    this.notices.ask(SILENT, strings.silent(seconds), about, [
      { label: strings.stopIt, act: () => void this.#restart() },
      { label: strings.wait, act: () => {} },
    ]);
  }

  #stopped(title: string, message: string): void {
    this.notices.lift(SILENT);
    const reload = { label: strings.reload, act: () => window.location.reload() };
    const restart = { label: strings.restart, act: () => void this.#restart() };
    if (this.player.loaded === null) this.notices.card(title, message, [reload]);
    else this.notices.card(title, message, [restart, reload], strings.restartAbout);
  }

  async #restart(): Promise<void> {
    this.#restarts += 1;
    const mine = this.#restarts;
    const restoreView = this.keepView();
    this.notices.lift(SILENT);
    this.notices.clearCard();
    this.progress.begin();
    try {
      await this.player.restart();
      if (this.player.loaded === null) return;
      restoreView();
      this.notices.toast(strings.restarted);
    } catch (error) {
      if (mine === this.#restarts) this.#stopped(strings.failedRestart, messageOf(error));
    } finally {
      if (mine === this.#restarts) this.progress.end();
    }
  }
}
