/** Many bodies at once: how many, how they are shown, and what their episodes say together. */
import { usualWorkers } from "../../player/swarm";
import { MOST_BODIES } from "../../protocol";
import { Slider } from "../controls/slider";
import { Foldable } from "../controls/switch";
import { loaded } from "../page/now";
import { strings } from "../strings";
import { histogram, meanOf, survival } from "./statistics";
import { bodies, ended, figures, type Layout, layout, type SwarmControl, workers } from "./swarm_control";

const CHART = { width: 130, height: 54 };
const COLUMNS = 16;
/** Notches of the slider, which is logarithmic. */
const NOTCHES = 60;
const LAYOUTS: readonly (readonly [Layout, string])[] = [
  ["grid", strings.swarmGrid],
  ["overlaid", strings.swarmOverlaid],
];

export function SwarmPanel({ control, open }: { readonly control: SwarmControl; readonly open: boolean }) {
  return (
    <Foldable title={strings.swarmTitle} open={open}>
      <p class="hint">{strings.swarmHint}</p>
      <Slider
        id="swarm-bodies"
        label={strings.swarmBodies}
        title={strings.swarmBodiesTitle}
        {...{ min: 0, max: NOTCHES, step: 1 }}
        value={notchOf(bodies.value)}
        say={() => strings.swarmBodiesValue(bodies.value)}
        move={(notch) => control.open(bodiesAt(notch))}
      />
      {bodies.value > 1 && <Running control={control} />}
    </Foldable>
  );
}

function Running({ control }: { readonly control: SwarmControl }) {
  return (
    <>
      <fieldset class="row levels">
        <legend class="label">{strings.swarmLayout}</legend>
        <div class="segments">
          {LAYOUTS.map(([kind, label]) => (
            <label key={kind} title={label}>
              <input
                type="radio"
                name="layout"
                value={kind}
                title={label}
                checked={layout.value === kind}
                onChange={() => control.setLayout(kind)}
              />
              <span>{label}</span>
            </label>
          ))}
        </div>
      </fieldset>
      {usualWorkers() > 1 && (
        <Slider
          id="swarm-workers"
          label={strings.swarmWorkers}
          title={strings.swarmWorkersTitle}
          {...{ min: 1, max: usualWorkers(), step: 1 }}
          value={workers.value}
          say={String}
          move={(count) => control.setWorkers(count)}
        />
      )}
      <div class="swarm-buttons">
        <button type="button" class="button small" title={strings.swarmPushTitle} onClick={() => control.push()}>
          {strings.swarmPush}
        </button>
        <button type="button" class="button small" title={strings.swarmAgainTitle} onClick={() => control.again()}>
          {strings.swarmAgain}
        </button>
      </div>
      <Figures />
    </>
  );
}

function Figures() {
  const now = figures.value;
  if (now === null) return null;
  const { last, count, since } = ended.value;
  const minutes = (performance.now() - since) / 60_000;
  const returns = last.map(({ episodeReturn }) => episodeReturn);
  const earned = meanOf(returns);
  const short = (value: number) => value.toLocaleString("en", { maximumSignificantDigits: 4 });
  return (
    <div class="swarm-figures">
      <p class="hint">{strings.swarmFigures(`${now.factor.toFixed(2)}×`, short(Math.round(now.stepRate)))}</p>
      <p class="hint">
        {strings.swarmEpisodes(count, short(count / Math.max(minutes, 1e-3)))}
        {earned && ` · ${strings.swarmReturn(short(earned.mean), short(earned.std))}`}
      </p>
      <SurvivalCurve steps={now.steps} />
      <Returns returns={returns} />
    </div>
  );
}

function SurvivalCurve({ steps }: { readonly steps: Int32Array }) {
  const dt = loaded.value?.manifest.env.dt ?? 1;
  const curve = survival(ended.value.last, steps);
  const longest = Math.max(1, curve.at(-1)?.steps ?? 1);
  const path = curve
    .map(({ steps, share }, i) => {
      const x = (CHART.width * steps) / longest;
      const before = curve[i - 1]?.share ?? 1;
      return `${x.toFixed(1)},${(CHART.height * (1 - before)).toFixed(1)} ${x.toFixed(1)},${(CHART.height * (1 - share)).toFixed(1)}`;
    })
    .join(" ");
  const share = curve.at(-1)?.share ?? 1;
  return (
    <figure class="swarm-chart">
      <figcaption>
        {strings.survival}
        <b>{`${Math.round(100 * share)}% · ${(longest * dt).toFixed(0)} s`}</b>
      </figcaption>
      <svg viewBox={`0 -3 ${CHART.width} ${CHART.height + 3}`} role="img" aria-label={strings.survivalTitle}>
        <title>{strings.survivalTitle}</title>
        <polyline points={path} />
      </svg>
    </figure>
  );
}

function Returns({ returns }: { readonly returns: readonly number[] }) {
  const columns = histogram(returns, COLUMNS);
  const most = Math.max(1, ...columns.map(({ count }) => count));
  const width = CHART.width / COLUMNS;
  return (
    <figure class="swarm-chart">
      <figcaption>
        {strings.returns}
        <b>{columns.length > 0 && `${Math.round(columns[0]?.from ?? 0)} to ${Math.round(columns.at(-1)?.to ?? 0)}`}</b>
      </figcaption>
      <svg viewBox={`0 -3 ${CHART.width} ${CHART.height + 3}`} role="img" aria-label={strings.returnsTitle}>
        <title>{strings.returnsTitle}</title>
        {columns.map(({ from, count }, i) => {
          const height = (CHART.height * count) / most;
          return <rect key={from} x={i * width + 0.5} y={CHART.height - height} width={width - 1} height={height} />;
        })}
      </svg>
    </figure>
  );
}

function bodiesAt(notch: number): number {
  return Math.round(MOST_BODIES ** (notch / NOTCHES));
}

function notchOf(count: number): number {
  return Math.round((NOTCHES * Math.log(count)) / Math.log(MOST_BODIES));
}
