/** Composes the page: the worker first, for it has the most to fetch; then the controls, then the picture. */
import "./style.css";
import "./style_controls.css";
import "./style_transport.css";
import "./style_timeline.css";
import "./style_keep.css";
import "./style_panels.css";
import "./style_telemetry.css";
import "./style_charts.css";
import "./style_hands.css";
import "./style_view.css";
import "./style_notices.css";
import "./style_gallery.css";
import "./style_share.css";
import { Player } from "./player";
import { SimulationClient, type SimulationEvent, startWorker } from "./sim/client";
import type { Frame } from "./sim/protocol";
import { BEAT_MS } from "./sim/watchdog";
import { Actions, messageOf } from "./ui/actions";
import { queryOf, readAddress, type Scene, writeAddress } from "./ui/address";
import type { ServedBundle } from "./ui/bundle_card";
import { Charts } from "./ui/charts";
import { takeDrops } from "./ui/drop";
import { element, required } from "./ui/element";
import { Embed } from "./ui/embed";
import { Hands } from "./ui/hands";
import { obeyHands } from "./ui/hands_address";
import { Heading } from "./ui/heading";
import { Help } from "./ui/help";
import { Hud } from "./ui/hud";
import { KEEP, Keep } from "./ui/keep";
import { listenToKeys } from "./ui/keyboard";
import { Notices } from "./ui/notices";
import { Panels } from "./ui/panels";
import { Parity } from "./ui/parity";
import { obeyPins, pinsOf } from "./ui/pins_address";
import { PolicySection, Purity } from "./ui/policy";
import { Progress } from "./ui/progress";
import { Rescue } from "./ui/rescue";
import { tellRoom } from "./ui/room";
import { readServed } from "./ui/served";
import { Share } from "./ui/share";
import { strings } from "./ui/strings";
import { Switches } from "./ui/switches";
import { keepButton, Timeline } from "./ui/timeline";
import { Tools } from "./ui/tools";
import { Transport } from "./ui/transport";
import { obeyView } from "./ui/view_address";
import { ViewMenu } from "./ui/view_menu";
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
const purity = new Purity(actions);
const share = new Share(wholeAddress);
const badges = element("div", { class: "badges" }, parity.badge, purity.chip);
const heading = new Heading(required("heading", HTMLElement), badges, share.opener, (bundle) => void choose(bundle));
const tools = new Tools(required("tools", HTMLElement));
const transport = new Transport(required("transport", HTMLElement), actions, notices);
const keep = new Keep(required("scene", HTMLCanvasElement), player, notices);
const timeline = new Timeline(required("transport", HTMLElement), player, notices, keepButton(KEEP));
const switches = new Switches(actions);
const hands = new Hands(actions);
const policy = new PolicySection(actions);
const charts = new Charts(player, (message) => notices.toast(message));
const hud = new Hud(required("hud", HTMLElement), switches.root, hands.root, policy.root, charts.root);
const panels = new Panels(tools, hud, { hands: hands.root, policy: policy.root, charts: charts.root });
const viewMenu = new ViewMenu(actions);
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
  toggleHud: () => hud.toggle(),
  toggleHelp: () => help.toggle(),
  chooseTool: (tool: HandTool) => tools.choose(tool),
};
listenToKeys(actions, keyed, timeline, viewMenu.keys);
hud.muted = (actuator) => actions.toggleMute(actuator);
takeDrops((file) => void keep.replay(file));
hud.beaten = (feat) => notices.toast(strings.beaten[feat]);

player.addEventListener("load", ({ detail }) => {
  document.body.classList.add("loaded");
  notices.clearCard();
  heading.show(detail.manifest);
  transport.fit(detail.scene.mass);
  hands.fit(detail.scene.mass);
  policy.fit(detail.manifest);
  charts.fit(detail);
  hud.fit(detail);
  if (latest) hud.frame(latest, false);
  stage?.show(detail.scene);
  window.setTimeout(() => {
    if (player.loaded === detail) void parity.run();
  }, VERIFY_AFTER_MS);
});
player.addEventListener("state", ({ detail }) => {
  transport.show(detail);
  timeline.show(detail);
  heading.mark(detail.bundle);
  if (!detail.replaying) notices.lift("replay");
  switches.show(detail);
  viewMenu.show(detail);
  stage?.showOverlays(detail.overlays);
  hands.show(detail);
  policy.show(detail);
  purity.show(detail);
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
    if (!wish.policy) await player.setPolicy(false);
    if (wish.speed !== 1) await player.setSpeed(wish.speed);
    await obeyHands(player, wish.hands, (message) => notices.toast(message));
    await obeyPins(player, wish.pins, latest, (message) => notices.toast(message));
    await obeyView(player, wish.view, (message) => notices.toast(message));
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
  viewMenu.lens = stage;
  stage.focused = (body) => viewMenu.showFollowed(body);
  listenToDoubleTaps(canvas, (x, y) => stage?.focusAt(x, y));
  stage.showOverlays(player.state.overlays);
  if (latest) stage.push(latest);
  if (player.loaded) stage.show(player.loaded.scene);
  const { camera, follow: followed } = wish.view;
  if (camera) stage.choose(camera);
  if (followed !== null && !stage.focusOn(followed)) notices.toast(strings.badFollow(followed));
}

function receive(event: SimulationEvent): void {
  player.receive(event);
  if (event.type !== "frame") return;
  latest = event;
  hud.frame(event, !player.state.replaying);
  hands.frame(event);
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
    look: { camera: stage?.follow.chosen ?? null, follow: stage?.followed ?? null },
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
