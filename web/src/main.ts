/** Composes the page: the worker first, for it has the most to fetch; then the controls, then the picture. */
import "./ui/style.css";
import { type ComponentChild, h } from "preact";
import { SimulationClient, type SimulationEvent, startWorker } from "./player/client";
import { Player } from "./player/player";
import { BEAT_MS } from "./player/watchdog";
import type { Frame } from "./protocol";
import { Actions, messageOf } from "./ui/actions";
import { queryOf, readAddress, type Scene, writeAddress } from "./ui/address/address";
import { obeyPins, pinsOf } from "./ui/address/pins";
import { applySettings } from "./ui/address/settings";
import { Charts } from "./ui/charts/charts";
import { AutoReset } from "./ui/controls/auto_reset";
import { element, required } from "./ui/controls/element";
import { mount } from "./ui/controls/mount";
import { DisturbancePanel, DisturbedChip } from "./ui/disturbance/disturbance";
import type { ServedBundle } from "./ui/gallery/bundle_card";
import { readServed } from "./ui/gallery/served";
import { Heading } from "./ui/heading/heading";
import { Help } from "./ui/help/help";
import { listenToKeys } from "./ui/help/keyboard";
import { Notices } from "./ui/notices/notices";
import { Progress } from "./ui/notices/progress";
import { Rescue } from "./ui/notices/rescue";
import * as now from "./ui/page/now";
import { Panels } from "./ui/page/panels";
import { tellRoom } from "./ui/page/room";
import { Parity } from "./ui/parity/parity";
import { PerturbationPanel } from "./ui/perturbations/perturbations";
import { Tools } from "./ui/perturbations/tools";
import { takeDrops } from "./ui/saving/drop";
import { KEEP, Saving } from "./ui/saving/saving";
import { Embed } from "./ui/sharing/embed";
import { Share } from "./ui/sharing/sharing";
import { strings } from "./ui/strings";
import { Telemetry } from "./ui/telemetry/telemetry";
import { keepButton, Timeline } from "./ui/timeline/timeline";
import { Transport } from "./ui/transport/transport";
import { Followed, followed, lens, ViewMenu, viewKeys } from "./ui/view/view_menu";
import type { HandTool } from "./view/pointer";
import type { Stage } from "./view/stage";

declare global {
  interface Window {
    /** The embedding interface: see player.ts. */
    bbconvert: { readonly ready: Promise<Player> };
  }
}

/** How long (ms) after a load the tab begins to verify by itself, and how often the HUD asks for metrics. */
const VERIFY_AFTER_MS = 1500;
const METRICS_MS = 500;

let stage: Stage | null = null;
let latest: Frame | null = null;
/** Whether the player only rests because its tab is hidden. */
let resting = false;

const simulation = new SimulationClient(startWorker, receive);
const notices = new Notices(required("notices", HTMLElement));
const player = new Player(simulation, () => stage?.renderFps ?? 0);
const actions = new Actions(player, notices);
const progress = new Progress(required("progress", HTMLElement));
const parity = new Parity(player);
const disturbed = mount(element("div", { class: "slot" }), h(DisturbedChip, { actions }));
const share = new Share(wholeAddress);
const badges = element("div", { class: "badges" }, parity.badge, disturbed);
const heading = new Heading(required("heading", HTMLElement), badges, share.opener, (bundle) => void choose(bundle));
const tools = new Tools(required("tools", HTMLElement));
const transport = new Transport(required("transport", HTMLElement), actions, notices);
const keep = new Saving(required("scene", HTMLCanvasElement), player, notices);
const timeline = new Timeline(required("transport", HTMLElement), player, notices, keepButton(KEEP));
const section = (kind: string, panel: ComponentChild) =>
  mount(element("section", { class: `${kind} switches` }), panel);
const autoReset = mount(element("section", { class: "switches" }), h(AutoReset, { actions }));
const hands = section("hands", h(PerturbationPanel, { actions }));
const policy = section("disturbance", h(DisturbancePanel, { actions }));
const charts = new Charts(player, (message) => notices.toast(message));
const hud = new Telemetry(required("hud", HTMLElement), autoReset, hands, policy, charts.root);
const panels = new Panels(tools, hud, { hands, policy, charts: charts.root });
const viewMenu = mount(element("div", { class: "slot" }), h(ViewMenu, { actions }));
required("help", HTMLElement).before(viewMenu);
document.body.append(mount(element("div", { class: "following", role: "status" }), h(Followed, {})));
const help = new Help(required("help", HTMLElement));
const wish = readAddress(window.location.search, (message) => notices.toast(message));
panels.show(wish.panels);
const embed = wish.embed ? new Embed(required("transport", HTMLElement)) : null;
const viewChunk = import("./view");
const ready = open()
  .then(openStage)
  .then(() => player);
window.bbconvert = { ready };
ready.catch((error: unknown) => {
  const again = { label: strings.tryAgain, act: () => window.location.reload() };
  const first = { label: strings.openDefault, act: () => window.location.assign(window.location.pathname) };
  notices.card(strings.failedLoad, messageOf(error), wish.bundle === null ? [again] : [first, again]);
});
const keyed = {
  toggleTelemetry: () => hud.toggle(),
  toggleHelp: () => help.toggle(),
  chooseTool: (tool: HandTool) => tools.choose(tool),
};
listenToKeys(actions, keyed, timeline, viewKeys(actions));
hud.muted = (actuator) => actions.toggleMute(actuator);
takeDrops((file) => void keep.replay(file));
hud.beaten = (feat) => notices.toast(strings.beaten[feat]);

player.addEventListener("load", ({ detail }) => {
  now.loaded.value = detail;
  document.body.classList.add("loaded");
  notices.clearCard();
  heading.show(detail.manifest);
  transport.fit(detail.scene.mass);
  charts.fit(detail);
  hud.fit(detail);
  if (latest) hud.frame(latest, false);
  stage?.show(detail.scene);
  window.setTimeout(() => {
    if (player.loaded === detail) void parity.run();
  }, VERIFY_AFTER_MS);
});
player.addEventListener("state", ({ detail }) => {
  now.state.value = detail;
  transport.show(detail);
  timeline.show(detail);
  heading.mark(detail.bundle);
  if (!detail.replaying) notices.lift("replay");
  stage?.showOverlays(detail.overlays);
  hud.showMutes(detail.mutes);
  mirror();
});
player.addEventListener("episode", ({ detail }) => hud.episode(detail));
player.addEventListener("replay", ({ detail: { steps, equal, largest } }) =>
  notices.toast(strings.replayed(steps, equal, largest.toExponential(1))),
);
player.addEventListener("letGo", ({ detail: { body } }) => notices.toast(strings.letGo(body)));
player.addEventListener("progress", ({ detail }) => progress.show(detail));
new Rescue(player, notices, progress, () => stage?.keepView() ?? (() => {}));
document.addEventListener("visibilitychange", () => void rest());
window.addEventListener("pagehide", () => hud.leave());
tellRoom();
window.setInterval(() => void measure(), METRICS_MS);
window.setInterval(() => simulation.beat(performance.now(), !document.hidden), BEAT_MS);

/** Opens what the address asks for, as it asks for it. */
async function open(): Promise<void> {
  progress.begin();
  try {
    const served = readServed();
    const bundle = wish.bundle ?? (await served)[0]?.name;
    if (bundle === undefined) throw new Error(strings.nothingServed);
    // A missing list is told where it is needed; a bundle that is named plays without.
    served
      .then((list: readonly ServedBundle[]) => {
        heading.offer(list, bundle);
        parity.offer(list);
      })
      .catch(() => undefined);
    await player.load(bundle, { seed: wish.seed, backend: wish.backend });
    await applySettings(player, wish.settings, (message) => notices.toast(message));
    await obeyPins(player, wish.pins, latest, (message) => notices.toast(message));
    if (document.hidden) resting = !wish.paused;
    else if (!wish.paused) await player.play();
  } finally {
    progress.end();
  }
  mirror();
}

/** Changes to a bundle picked from the list; where that fails, the one before stays. */
async function choose(bundle: string): Promise<void> {
  progress.begin();
  try {
    await player.load(bundle);
  } catch (error) {
    notices.toast(messageOf(error));
    if (player.loaded) heading.show(player.loaded.manifest);
  } finally {
    progress.end();
  }
  mirror();
}

/**
 * The picture's chunk comes while the worker loads, its shaders are built once that plays: together they would only wait
 * for each other. Without WebGL everything else works.
 */
async function openStage(): Promise<void> {
  const { Stage, Pointer, listenToDoubleTaps } = await viewChunk;
  const canvas = required("scene", HTMLCanvasElement);
  try {
    stage = new Stage(canvas, required("forces", HTMLElement), (lost) => {
      if (lost) notices.stand("webgl", strings.lostContext);
      else notices.lift("webgl");
    });
  } catch {
    notices.stand("webgl", `${strings.noWebgl}. ${strings.noWebglText}`);
    return;
  }
  keep.camera = stage;
  const { follow } = stage;
  actions.viewer = {
    directions: () => follow.directions(),
    resetCamera: () => follow.reset(),
    hold: () => pointer.hold(),
  };
  const told = (done: Promise<void>) => done.catch((error: unknown) => notices.toast(messageOf(error)));
  const pointer = new Pointer(stage, {
    grab: (pull) => void told(player.grab(pull)),
    moveGrab: (target) => void told(player.moveGrab(target)),
    release: () => void told(player.release()),
    hold: () => void told(player.hold()),
    unpin: (body) => void told(player.unpin(body)),
    push: (push) => actions.pushAt(push),
  });
  pointer.tool = tools.tool;
  tools.chosen = (tool) => {
    pointer.tool = tool;
  };
  stage.beforePicture = () => pointer.update();
  lens.value = stage;
  stage.focused = (body) => {
    followed.value = body;
  };
  listenToDoubleTaps(canvas, (x, y) => stage?.focusAt(x, y));
  stage.showOverlays(player.state.overlays);
  if (latest) stage.push(latest);
  if (player.loaded) stage.show(player.loaded.scene);
  const { view } = wish;
  if (view.camera) stage.choose(view.camera);
  if (view.follow !== null && !stage.focusOn(view.follow)) notices.toast(strings.badFollow(view.follow));
}

function receive(event: SimulationEvent): void {
  player.receive(event);
  if (event.type !== "frame") return;
  latest = event;
  hud.frame(event, !player.state.replaying);
  now.frame.value = event;
  charts.frame(event);
  timeline.follow();
  const done = stage?.push(event);
  if (done) simulation.giveBack(done.poses);
}

/** A hidden tab rests, and plays on when it is seen again if it played before. */
async function rest(): Promise<void> {
  if (document.hidden) {
    if (!player.state.playing) return;
    resting = true;
    // A simulation that is gone is told by its own event.
    await player.pause().catch(() => undefined);
  } else if (resting) {
    resting = false;
    await player.play().catch(() => undefined);
  }
}

/** Where the player is, as far as its state does not tell. */
function sceneNow(): Scene {
  return {
    playing: player.state.playing || resting,
    view: { camera: stage?.follow.chosen ?? null, follow: stage?.followed ?? null },
    // Those of a replay are the file's.
    pins: latest && player.loaded && !player.state.replaying ? pinsOf(latest, player.loaded.scene.bodies) : [],
    panels: panels.shown,
  };
}

/** The address of the whole page that shows what one sees. */
function wholeAddress(): string {
  return new URL(queryOf(player.state, sceneNow()), window.location.href).href;
}

/** Keeps the address up to date. */
function mirror(): void {
  if (progress.loading || !player.loaded) return;
  writeAddress(player.state, sceneNow(), embed !== null);
  embed?.show(wholeAddress());
}

async function measure(): Promise<void> {
  mirror();
  if (!player.loaded || document.hidden) return;
  // A crash is told by its own event.
  const metrics = await player.metrics().catch(() => null);
  if (metrics) hud.metrics(metrics, player.state.playing);
}
