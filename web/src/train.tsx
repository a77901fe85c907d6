/** Composes train.html: bodies that learn in this tab, and the panel that runs them. */
import "./ui/page/page.css";
import "./ui/controls/controls.css";
import "./ui/notices/notices.css";
import "./ui/training/training.css";
import { render } from "preact";
import { startWorker } from "./player/client";
import { messageOf } from "./ui/actions";
import { required } from "./ui/controls/element";
import { Notices } from "./ui/notices/notices";
import { readBodies } from "./ui/training/bodies";
import { training as strings } from "./ui/training/strings";
import { TrainingControl } from "./ui/training/training_control";
import { TrainingPanel } from "./ui/training/training_panel";
import { type Choice, choices, workers } from "./ui/training/training_state";

const notices = new Notices(required("notices", HTMLElement));
const complain = (message: string) => notices.toast(message);
const control = new TrainingControl(startWorker, complain);
workers.value = Math.max(1, navigator.hardwareConcurrency || 2);
document.title = `${strings.title} · ${strings.product}`;

render(
  <>
    <h1>{strings.title}</h1>
    <p>{strings.about}</p>
    <a href="./">{strings.toPlayer}</a>
  </>,
  required("heading", HTMLElement),
);
render(
  <TrainingPanel control={control} complain={complain} chosen={(choice) => void choose(choice)} />,
  required("training", HTMLElement),
);

void open();
void draw();

/** Opens what the address names: `?body=NAME`, `?bundle=NAME`, or the first body there is. */
async function open(): Promise<void> {
  try {
    choices.value = await readBodies();
    const wish = new URLSearchParams(window.location.search);
    const wanted = wish.get("body") ?? wish.get("bundle");
    const kind = wish.has("body") ? "body" : wish.has("bundle") ? "bundle" : null;
    const found = choices.value.find((each) => kind === null || (each.kind === kind && each.name === wanted));
    if (found === undefined) {
      const known = choices.value.map(({ name }) => name).join(", ");
      throw new Error(wanted === null ? strings.noChoices : strings.unknown(wanted, known));
    }
    await choose(found);
  } catch (error) {
    notices.card(strings.failed, messageOf(error), [
      { label: strings.toPlayer, act: () => window.location.assign("./") },
    ]);
  }
}

async function choose(choice: Choice): Promise<void> {
  const address = new URL(window.location.href);
  address.search = new URLSearchParams({ [choice.kind]: choice.name }).toString();
  window.history.replaceState(null, "", address);
  await control.choose(choice);
}

/** The picture; training works without it. */
async function draw(): Promise<void> {
  try {
    const { Stage, Pointer } = await import("./view");
    const stage = new Stage(required("scene", HTMLCanvasElement), required("forces", HTMLElement), (lost) => {
      if (lost) notices.stand("webgl", strings.lostContext);
      else notices.lift("webgl");
    });
    const panel = required("training", HTMLElement);
    const cover = () =>
      stage.cover({ right: panel.offsetTop < 100 ? window.innerWidth - panel.offsetLeft : 0, bottom: 0 });
    new ResizeObserver(cover).observe(panel);
    // A press on a body pushes it, one beside it turns the picture.
    const nothing = () => {};
    const pointer = new Pointer(stage, {
      grab: nothing,
      moveGrab: nothing,
      release: nothing,
      hold: nothing,
      unpin: nothing,
      push: () => control.push(),
    });
    pointer.tool = "push";
    stage.beforePicture = () => pointer.update();
    control.stage = stage;
  } catch {
    notices.stand("webgl", strings.noWebgl);
  }
}
