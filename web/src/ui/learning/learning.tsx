/** A slider from the first weights to the policy that came of them, and the curve that it slides along. */
import type { Training } from "../../generated/bundle";
import type { Actions } from "../actions";
import { Slider } from "../controls/slider";
import { Foldable } from "../controls/switch";
import { loaded, state } from "../page/now";
import { strings } from "../strings";

const CHART = { width: 268, height: 64 };

/** Nothing, for a bundle without stages. */
export function LearningPanel({ actions, open }: { readonly actions: Actions; readonly open: boolean }) {
  const training = loaded.value?.manifest.training;
  const stages = training?.stages ?? [];
  if (!training || stages.length === 0) return null;
  const { stage } = state.value;
  const at = stage === null ? stages.length : stage;
  const steps = stage === null ? training.steps : (stages[stage]?.steps ?? 0);
  return (
    <Foldable title={strings.learningTitle} open={open}>
      <p class="hint">{strings.learningHint}</p>
      <Slider
        id="stage"
        label={strings.learningStage}
        title={strings.learningStageTitle}
        {...{ min: 0, max: stages.length, step: 1 }}
        value={at}
        say={() => strings.learningSteps(steps)}
        move={(to) => actions.setStage(to === stages.length ? null : to)}
      />
      <Curve training={training} steps={steps} />
    </Foldable>
  );
}

function Curve({ training, steps }: { readonly training: Training; readonly steps: number }) {
  const curve = (training.curve ?? []) as readonly (readonly [number, number])[];
  if (curve.length < 2) return null;
  const returns = curve.map(([, value]) => value);
  const [low, high] = [Math.min(0, ...returns), Math.max(...returns)];
  const x = (at: number) => (CHART.width * at) / Math.max(1, training.steps);
  const y = (value: number) => 2 + (CHART.height - 4) * (1 - (value - low) / (high - low || 1));
  const points = curve.map(([at, value]) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
  return (
    <figure class="learning-curve">
      <svg viewBox={`0 0 ${CHART.width} ${CHART.height}`} role="img" aria-label={strings.learningCurve}>
        <title>{strings.learningCurve}</title>
        <line x1={x(steps)} x2={x(steps)} y1="0" y2={CHART.height} />
        <polyline points={points} />
        <text x="2" y="11">
          {high.toLocaleString("en", { maximumSignificantDigits: 4 })}
        </text>
      </svg>
    </figure>
  );
}
