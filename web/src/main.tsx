/** Composes the page: the worker first, for it has the most to fetch; then the panels, then the picture. */
import "./ui/style.css";
import { effect } from "@preact/signals";
import type { ComponentChild } from "preact";
import { SimulationClient, type SimulationEvent, startWorker } from "./player/client";
import { Player } from "./player/player";
import { BEAT_MS } from "./player/watchdog";
import type { Lens } from "./protocol";
import { Actions, messageOf } from "./ui/actions";
import { pageQuery, readAddress } from "./ui/address/address";
import { AddressMirror } from "./ui/address/mirror";
import { obeyPins } from "./ui/address/pins";
import { applySettings } from "./ui/address/settings";
import { Charts } from "./ui/charts/charts";
import { ComparePanel } from "./ui/compare/compare";
import { CompareControl } from "./ui/compare/compare_control";
import { AutoReset } from "./ui/controls/auto_reset";
import { element, required } from "./ui/controls/element";
import { mount } from "./ui/controls/mount";
import { DisturbancePanel, DisturbedChip } from "./ui/disturbance/disturbance";
import { readServed } from "./ui/gallery/served";
import { Heading } from "./ui/heading/heading";
import { Picker, served } from "./ui/heading/picker";
import { Help, opensHelp } from "./ui/help/help";
import { listenToKeys } from "./ui/help/keyboard";
import { commandOf, listenToWalkingKeys, watchSticks } from "./ui/joystick/command";
import { Joystick } from "./ui/joystick/joystick";
import { LearningPanel } from "./ui/learning/learning";
import { ManualPanel } from "./ui/manual/manual";
import { Notices } from "./ui/notices/notices";
import { Progress } from "./ui/notices/progress";
import { Rescue } from "./ui/notices/rescue";
import * as now from "./ui/page/now";
import { Panels } from "./ui/page/panels";
import { Picture } from "./ui/page/picture";
import { playWhenSeen, restWhileHidden } from "./ui/page/rest";
import { tellRoom } from "./ui/page/room";
import { followVerifications, ParityBadge, ParityTable, runVerification } from "./ui/parity/parity";
import { PerturbationPanel } from "./ui/perturbations/perturbations";
import { Tools } from "./ui/perturbations/tools";
import { takeDrops } from "./ui/saving/drop";
import { KEEP, Saving } from "./ui/saving/saving";
import { Embed } from "./ui/sharing/embed";
import { SharePanel } from "./ui/sharing/sharing";
import { Eyesight, type Shot } from "./ui/sight/eyesight";
import { SightPanel } from "./ui/sight/sight";
import { strings } from "./ui/strings";
import { SwarmPanel } from "./ui/swarm/swarm";
import { bodies, SwarmControl } from "./ui/swarm/swarm_control";
import { Telemetry } from "./ui/telemetry/telemetry";
import { keepButton, Timeline } from "./ui/timeline/timeline";
import { Transport } from "./ui/transport/transport";
import { Followed, ViewMenu, viewKeys } from "./ui/view/view_menu";

declare global {
  interface Window {
    bbconvert: {
      /** The embedding interface: see player.ts. */
      readonly ready: Promise<Player>;
      /** @internal A PNG for `bbconvert record`: the last frame, `seconds` of the film after the one before. */
      photograph(seconds: number): Promise<Blob>;
      /** @internal Pictures for `bbconvert train-pose`, one after the other in base64: see ui/sight/eyesight.ts. */
      look(lens: Lens, shots: readonly Shot[]): Promise<string>;
    };
  }
}

/** How long (ms) after a load the tab begins to verify by itself, and how often the telemetry asks for metrics. */
const VERIFY_AFTER_MS = 1500;
const METRICS_MS = 500;

const simulation = new SimulationClient(startWorker, receive);
const notices = new Notices(required("notices", HTMLElement));
const toast = (message: string) => notices.toast(message);
const player = new Player(simulation, startWorker, () => picture.stage?.renderFps ?? 0);
const actions = new Actions(player, notices);
const progress = new Progress(required("progress", HTMLElement));
const picture = new Picture(player, actions, notices, (poses) => simulation.giveBack(poses));
const sight = new Eyesight(picture);
const wish = readAddress(pageQuery(), toast);

const bar = required("transport", HTMLElement);
const helpButton = required("help", HTMLElement);
bar.setAttribute("aria-label", strings.transport);
bar.append(slot(<Transport actions={actions} notices={notices} bar={bar} />));
const saving = new Saving(required("scene", HTMLCanvasElement), player, notices);
const timeline = new Timeline(bar, player, notices, keepButton(KEEP));
const tools = mount(required("tools", HTMLElement), <Tools />);
tools.setAttribute("role", "radiogroup");
tools.setAttribute("aria-label", strings.tools);
const stick = mount(required("joystick", HTMLElement), <Joystick actions={actions} />);
stick.setAttribute("aria-label", strings.joystick);
effect(() => {
  stick.hidden = commandOf() === null;
});
const hands = section("hands", <PerturbationPanel actions={actions} />);
const policy = section("disturbance", <DisturbancePanel actions={actions} />);
const manual = section("manual", <ManualPanel actions={actions} />);
const eyes = section("sight", <SightPanel actions={actions} open={wish.settings.sight !== undefined} />);
const swarm = new SwarmControl(player, actions, startWorker, () => picture.stage, toast);
const many = section("swarm", <SwarmPanel control={swarm} open={wish.swarm > 1} />);
const compare = new CompareControl(player, actions, startWorker, () => picture.stage, toast);
actions.pushed = (impulse) => compare.push(impulse);
const beside = section("compare", <ComparePanel control={compare} open={wish.beside.length > 0} />);
const learning = section("learning", <LearningPanel actions={actions} open={wish.stage !== null} />);
const charts = new Charts(player, toast);
const telemetry = new Telemetry(
  required("hud", HTMLElement),
  (actuator) => actions.toggleMute(actuator),
  (feat) => toast(strings.beaten[feat]),
  mount(element("section", { class: "switches" }), <AutoReset actions={actions} />),
  hands,
  policy,
  manual,
  eyes,
  many,
  beside,
  learning,
  charts.root,
);
const panels = new Panels(telemetry, { hands, policy, manual, charts: charts.root });
panels.show(wish.panels);
const address = new AddressMirror(player, picture, panels, wish.embed);
const embed = wish.embed ? new Embed(bar) : null;
mount(
  required("heading", HTMLElement),
  <Heading>
    <ParityBadge />
    <DisturbedChip actions={actions} />
  </Heading>,
);
helpButton.before(slot(<ViewMenu actions={actions} />));
opensHelp(helpButton);
document.body.append(
  slot(
    <>
      <ParityTable player={player} />
      <SharePanel address={() => address.whole} />
      <Picker choose={(bundle) => void choose(bundle)} />
      <Help />
      <div class="following" role="status">
        <Followed />
      </div>
    </>,
  ),
);

const ready = open()
  .then(() => picture.open(wish.view))
  .then(() => {
    saving.camera = picture.stage;
    swarm.gather();
    compare.gather();
    picture.stage?.canvas.addEventListener("click", ({ offsetX, offsetY }) => {
      const other = picture.stage?.pickOther(offsetX, offsetY) ?? null;
      if (other !== null) void swarm.follow(other);
    });
    return player;
  });
window.bbconvert = {
  ready,
  photograph: async (seconds) => {
    if (picture.stage === null) throw new Error(strings.noWebgl);
    return await picture.stage.photograph(seconds);
  },
  look: (lens, shots) => sight.take(lens, shots),
};
ready.catch((error: unknown) => {
  const again = { label: strings.tryAgain, act: () => window.location.reload() };
  const first = { label: strings.openDefault, act: () => window.location.assign(window.location.pathname) };
  notices.card(strings.failedLoad, messageOf(error), wish.bundle === null ? [again] : [first, again]);
});
listenToKeys(actions, () => telemetry.toggle(), timeline, viewKeys(actions));
listenToWalkingKeys(actions);
watchSticks(actions);
takeDrops((file) => void saving.replay(file));
followVerifications(player);
restWhileHidden(player);
tellRoom();
new Rescue(player, notices, progress, () => picture.stage?.keepView() ?? (() => {}));

player.addEventListener("load", ({ detail }) => {
  now.loaded.value = detail;
  document.body.classList.add("loaded");
  document.title = `${detail.manifest.title} · ${strings.product}`;
  notices.clearCard();
  window.setTimeout(() => {
    if (wish.verify && player.loaded === detail) void runVerification(player);
  }, VERIFY_AFTER_MS);
});
player.addEventListener("state", ({ detail }) => {
  now.state.value = detail;
  if (!detail.replaying) notices.lift("replay");
});
effect(() => {
  if (now.state.value.bundle !== "") mirror();
});
player.addEventListener("episode", ({ detail }) => telemetry.episode(detail));
player.addEventListener("replay", ({ detail: { steps, equal, largest } }) =>
  toast(strings.replayed(steps, equal, largest.toExponential(1))),
);
player.addEventListener("letGo", ({ detail: { body } }) => toast(strings.letGo(body)));
player.addEventListener("progress", ({ detail }) => progress.show(detail));
window.addEventListener("pagehide", () => telemetry.leave());
window.setInterval(() => void measure(), METRICS_MS);
window.setInterval(() => simulation.beat(performance.now(), !document.hidden), BEAT_MS);

function receive(event: SimulationEvent): void {
  player.receive(event);
  if (event.type === "frame") now.frame.value = event;
  else if (event.type === "look") void sight.answer(event).then((taken) => simulation.give(taken));
  else if (event.type === "sight") now.sighted.value = event;
}

/** Opens what the address asks for, as it asks for it. */
async function open(): Promise<void> {
  progress.begin();
  try {
    const list = readServed();
    const bundle = wish.bundle ?? (await list)[0]?.name;
    if (bundle === undefined) throw new Error(strings.nothingServed);
    // A missing list is told where it is needed; a bundle that is named plays without.
    list
      .then((bundles) => {
        served.value = bundles;
      })
      .catch(() => undefined);
    bodies.value = wish.swarm;
    await player.load(bundle, { seed: wish.seed, backend: wish.backend });
    await applySettings(player, wish.settings, toast);
    if (wish.stage !== null) await actions.setStage(wish.stage);
    for (const key of wish.beside) await compare.add(key);
    await obeyPins(player, wish.pins, now.frame.value, toast);
    if (!wish.paused) await playWhenSeen(player);
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
    toast(messageOf(error));
  } finally {
    progress.end();
  }
  mirror();
}

/** Keeps the address up to date. */
function mirror(): void {
  if (progress.loading || !player.loaded) return;
  address.write();
  embed?.show(address.whole);
}

async function measure(): Promise<void> {
  mirror();
  if (!player.loaded || document.hidden) return;
  // A crash is reported by its own event.
  const metrics = await player.metrics().catch(() => null);
  if (metrics) telemetry.metrics(metrics, player.state.playing);
}

/** A section of the panel on the right. */
function section(kind: string, panel: ComponentChild): HTMLElement {
  return mount(element("section", { class: `${kind} switches` }), panel);
}

/** Holds panels in a place that others share. */
function slot(panel: ComponentChild): HTMLElement {
  return mount(element("div", { class: "slot" }), panel);
}
