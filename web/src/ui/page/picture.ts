/** The picture: its code comes while the worker loads, and without WebGL everything else works. */
import { effect } from "@preact/signals";
import type { Player } from "../../player/player";
import type { Stage } from "../../view/stage";
import { type Actions, messageOf } from "../actions";
import type { View } from "../address/view";
import { required } from "../controls/element";
import type { Notices } from "../notices/notices";
import { tool } from "../perturbations/tools";
import { strings } from "../strings";
import { followed, lens } from "../view/view_menu";
import { follow, frame, loaded, state } from "./now";

/** 47.5em of the style sheets, CSS pixels. */
const SMALL = 760;

export class Picture {
  /** Null until it is open, and where there is no WebGL. */
  stage: Stage | null = null;
  readonly chunk = import("../../view");

  /** `giveBack` takes the buffers of frames that were drawn. */
  constructor(
    readonly player: Player,
    readonly actions: Actions,
    readonly notices: Notices,
    giveBack: (poses: Float32Array) => void,
  ) {
    follow(frame, (latest) => {
      const drawn = this.stage?.push(latest);
      if (drawn) giveBack(drawn.poses);
    });
    follow(loaded, ({ scene }) => this.stage?.show(scene));
    follow(state, ({ overlays, command }) => this.stage?.showOverlays(overlays, command));
  }

  /** What the address says of it: the camera where a person moved it, and the body that it follows. */
  get view(): View {
    return { camera: this.stage?.follow.chosen ?? null, follow: this.stage?.followed ?? null };
  }

  /** Opens it once the worker plays: building shaders beside the load would slow both. */
  async open(view: View): Promise<void> {
    const { Stage, Pointer, listenToDoubleTaps } = await this.chunk;
    const { player, actions, notices } = this;
    const canvas = required("scene", HTMLCanvasElement);
    let stage: Stage;
    try {
      stage = new Stage(canvas, required("forces", HTMLElement), (lost) => {
        if (lost) notices.stand("webgl", strings.lostContext);
        else notices.lift("webgl");
      });
    } catch {
      notices.stand("webgl", `${strings.noWebgl}. ${strings.noWebglText}`);
      return;
    }
    this.stage = stage;
    const bar = required("transport", HTMLElement);
    const joystick = required("joystick", HTMLElement);
    const covers = new ResizeObserver(() => {
      const { top, height } = bar.getBoundingClientRect();
      const { left, width } = joystick.getBoundingClientRect();
      // On a small screen the heading covers as much above, and the joystick stands where the body would.
      const small = window.innerWidth <= SMALL;
      stage.cover({
        right: small && width > 0 ? window.innerWidth - left : 0,
        bottom: !small && height > 0 ? window.innerHeight - top : 0,
      });
    });
    covers.observe(bar);
    covers.observe(joystick);
    const told = (done: Promise<void>) => done.catch((error: unknown) => notices.toast(messageOf(error)));
    const pointer = new Pointer(stage, {
      grab: (pull) => void told(player.grab(pull)),
      moveGrab: (target) => void told(player.moveGrab(target)),
      release: () => void told(player.release()),
      hold: () => void told(player.hold()),
      unpin: (body) => void told(player.unpin(body)),
      push: (push) => actions.pushAt(push),
    });
    actions.viewer = {
      directions: () => stage.follow.directions(),
      resetCamera: () => stage.follow.reset(),
      hold: () => pointer.hold(),
    };
    effect(() => {
      pointer.tool = tool.value;
    });
    stage.beforePicture = () => pointer.update();
    stage.focused = (body) => {
      followed.value = body;
    };
    lens.value = stage;
    listenToDoubleTaps(canvas, (x, y) => stage.focusAt(x, y));
    stage.showOverlays(player.state.overlays, player.state.command);
    if (frame.value) stage.push(frame.value);
    if (loaded.value) stage.show(loaded.value.scene);
    if (view.camera) stage.choose(view.camera);
    if (view.follow !== null && !stage.focusOn(view.follow)) notices.toast(strings.badFollow(view.follow));
  }
}
