/** What the network that sees is shown and what it tells: its picture, two frames of axes, the angle between them. */
import { useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { Lens, SightEvent, Vec3 } from "../../protocol";
import type { Actions } from "../actions";
import { Foldable } from "../controls/switch";
import { loaded, sighted, state } from "../page/now";
import { strings } from "../strings";

/** Seconds of simulated time that the chart of the error shows. */
const SECONDS = 10;
const CHART = { width: 268, height: 56 };
/** The least that the chart's top stands for, degrees. */
const LEAST_TOP = 5;
const AXES = ["x", "y", "z"] as const;

/** Nothing, for a bundle without such a network. */
export function SightPanel({ actions, open }: { readonly actions: Actions; readonly open: boolean }) {
  const estimator = loaded.value?.manifest.estimator;
  if (!estimator) return null;
  return (
    <Foldable title={strings.sightTitle} open={open} toggled={(open) => actions.watchSight(open)}>
      <p class="hint">{strings.sightHint(estimator.error.median.toFixed(1))}</p>
      <div class="segments attitudes" role="radiogroup" aria-label={strings.attitude}>
        <Attitude of="true" label={strings.trueAttitude} title={strings.trueAttitudeTitle} actions={actions} />
        <Attitude of="seen" label={strings.seenAttitude} title={strings.seenAttitudeTitle} actions={actions} />
      </div>
      <Seen />
    </Foldable>
  );
}

interface AttitudeProps {
  readonly of: "true" | "seen";
  readonly label: string;
  readonly title: string;
  readonly actions: Actions;
}

function Attitude({ of, label, title, actions }: AttitudeProps) {
  return (
    <label title={title}>
      <input
        type="radio"
        name="attitude"
        value={of}
        checked={(state.value.sight === "used") === (of === "seen")}
        onChange={() => actions.setSight(of === "seen" ? "used" : "beside")}
      />
      <span>{label}</span>
    </label>
  );
}

function Seen() {
  const event = sighted.value;
  if (event === null) return null;
  return (
    <div class="seen">
      <Picture lens={event.lens} />
      <Axes name="true" rotation={event.truth} lens={event.lens} />
      <Axes name="seen" rotation={event.estimate} lens={event.lens} />
      <ErrorChart event={event} />
    </div>
  );
}

/** The picture at its own size, enlarged without smoothing. */
function Picture({ lens: { width, height } }: { readonly lens: Lens }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useSignalEffect(() => {
    const pixels = sighted.value?.pixels;
    const context = canvas.current?.getContext("2d");
    if (!pixels || !context) return;
    const image = context.createImageData(width, height);
    for (let pixel = 0; pixel < width * height; pixel++) {
      image.data.set(pixels.subarray(3 * pixel, 3 * pixel + 3), 4 * pixel);
      image.data[4 * pixel + 3] = 255;
    }
    context.putImageData(image, 0, 0);
  });
  const title = strings.sightPicture(width, height);
  return <canvas ref={canvas} width={width} height={height} role="img" aria-label={title} title={title} />;
}

interface AxesProps {
  readonly name: "true" | "seen";
  readonly rotation: Float64Array;
  readonly lens: Lens;
}

/** The body's axes as the camera of the picture sees them; what points away from it is drawn first, and fainter. */
function Axes({ name, rotation, lens }: AxesProps) {
  const { right, up, back } = cameraOf(lens);
  const axes = AXES.map((axis, column) => {
    const along: Vec3 = [0, 3, 6].map((row) => rotation[row + column] as number) as unknown as Vec3;
    return { axis, x: dot(along, right), y: -dot(along, up), depth: dot(along, back) };
  }).sort((one, other) => one.depth - other.depth);
  const label = name === "true" ? strings.frameOfTruth : strings.frameOfEstimate;
  return (
    <figure class="axes">
      <svg viewBox="-1.25 -1.25 2.5 2.5" role="img" aria-label={strings.frameTitle[name]}>
        <title>{strings.frameTitle[name]}</title>
        {axes.map(({ axis, x, y, depth }) => (
          <g key={axis} class={axis} opacity={depth < 0 ? 0.55 : 1}>
            <line x1="0" y1="0" x2={x} y2={y} />
            <circle cx={x} cy={y} r="0.1" />
          </g>
        ))}
      </svg>
      <figcaption>{label}</figcaption>
    </figure>
  );
}

/** The points of the chart, the newest last; a new episode begins anew. */
const errors: { time: number; error: number }[] = [];

function ErrorChart({ event: { time, error } }: { readonly event: SightEvent }) {
  const last = errors.at(-1);
  if (last && time < last.time) errors.length = 0;
  if (last?.time !== time) errors.push({ time, error });
  while (errors[0] && errors[0].time < time - SECONDS) errors.shift();
  const top = Math.max(LEAST_TOP, ...errors.map((point) => point.error));
  const points = errors.map((point) => {
    const x = CHART.width * (1 - (time - point.time) / SECONDS);
    return `${x.toFixed(1)},${(CHART.height * (1 - point.error / top)).toFixed(1)}`;
  });
  return (
    <figure class="error">
      <figcaption>
        {strings.sightError}
        <b>{strings.sightErrorNow(error)}</b>
      </figcaption>
      <svg viewBox={`0 0 ${CHART.width} ${CHART.height}`} role="img" aria-label={strings.sightErrorChart(SECONDS)}>
        <title>{strings.sightErrorChart(SECONDS)}</title>
        <polyline points={points.join(" ")} />
        <text x="2" y="11">
          {strings.sightErrorNow(top)}
        </text>
      </svg>
    </figure>
  );
}

function cameraOf({ position, target }: Lens): { right: Vec3; up: Vec3; back: Vec3 } {
  const back = normalized([position[0] - target[0], position[1] - target[1], position[2] - target[2]]);
  const right = normalized([-back[1], back[0], 0]);
  const up: Vec3 = [
    back[1] * right[2] - back[2] * right[1],
    back[2] * right[0] - back[0] * right[2],
    back[0] * right[1] - back[1] * right[0],
  ];
  return { right, up, back };
}

function normalized([x, y, z]: Vec3): Vec3 {
  const length = Math.hypot(x, y, z);
  return [x / length, y / length, z / length];
}

function dot(one: Vec3, other: Vec3): number {
  return one[0] * other[0] + one[1] * other[1] + one[2] * other[2];
}
