/** What is set before a training: its algorithm, its budget and, folded away, everything else. */
import { ALGORITHMS, type TrainingSettings } from "../../protocol";
import { Slider } from "../controls/slider";
import { Foldable, Switch } from "../controls/switch";
import { training as strings } from "./strings";
import type { TrainingControl } from "./training_control";
import { body, busy, choice, descents, members, settings, variants, workers } from "./training_state";

const BUDGETS = [50_000, 100_000, 200_000, 300_000, 500_000, 1_000_000, 2_000_000, 5_000_000, 10_000_000];
const PUSHES_A_MINUTE = 12;
const MOST_VARIANTS = 4;
const MOST_WIDTH = 512;
const MOST_HIDDEN = 4;

const NOISES = [
  { id: "training-noise", label: strings.noise, of: "observation" },
  { id: "training-action-noise", label: strings.actionNoise, of: "action" },
] as const;

interface Props {
  readonly control: TrainingControl;
  complain(message: string): void;
}

export function AlgorithmChoice({ control }: Pick<Props, "control">) {
  const { algorithm } = settings.value;
  return (
    <fieldset class="algorithms" disabled={busy.value}>
      <legend>{strings.algorithm}</legend>
      <div class="segments">
        {ALGORITHMS.map((each) => (
          <label key={each} for={`algorithm-${each}`}>
            <input
              type="radio"
              name="algorithm"
              id={`algorithm-${each}`}
              checked={each === algorithm}
              onChange={() => control.set({ algorithm: each })}
            />
            <span>{strings.algorithms[each].name}</span>
          </label>
        ))}
      </div>
      <p class="hint">{strings.algorithms[algorithm].about}</p>
    </fieldset>
  );
}

export function BudgetAndSeed({ control, complain }: Props) {
  const { budget, seed } = settings.value;
  const at = BUDGETS.findIndex((each) => each >= budget);
  return (
    <>
      <Slider
        id="budget"
        label={strings.budget}
        title={strings.budgetTitle}
        min={0}
        max={BUDGETS.length - 1}
        step={1}
        value={at < 0 ? BUDGETS.length - 1 : at}
        say={(value) => strings.stepsOf(BUDGETS[value] ?? budget)}
        move={(to) => Promise.resolve(control.set({ budget: BUDGETS[to] ?? budget }))}
      />
      <NumberField
        id="seed"
        label={strings.seed}
        title={strings.seedTitle}
        value={seed}
        change={(value) =>
          Number.isInteger(value) && value >= 0 && value < 2 ** 31
            ? control.set({ seed: value })
            : complain(strings.badNumber(strings.seed))
        }
      />
    </>
  );
}

export function PopulationSettings() {
  return (
    <Foldable title={strings.population}>
      <p class="hint">{strings.populationHint}</p>
      <Slider
        id="variants"
        label={strings.variants}
        title={strings.populationHint}
        min={1}
        max={MOST_VARIANTS}
        step={1}
        value={variants.value}
        say={String}
        move={async (to) => {
          variants.value = to;
        }}
      />
      <ol class="lineage">
        {descents.value.map(({ generation, member, from, changes }) => (
          <li key={generation}>
            {strings.descent(
              generation,
              members.value[member]?.name ?? "",
              members.value[from]?.name ?? "",
              changes.join(", "),
            )}
          </li>
        ))}
      </ol>
    </Foldable>
  );
}

export function MoreSettings({ control, complain }: Props) {
  const { algorithm, randomPushes, noise, fineTune } = settings.value;
  const levels = body.value?.manifest.env.levels ?? [];
  const own = settings.value[algorithm] as unknown as Record<string, number>;
  const largest = 4 * Math.max(5, ...levels.map(({ impulse }) => impulse));
  const setHyper = (name: string, value: unknown) =>
    control.set({ [algorithm]: { ...settings.value[algorithm], [name]: value } } as Partial<TrainingSettings>);
  return (
    <Foldable title={strings.more}>
      {choice.value?.kind === "bundle" && (
        <Switch
          id="fine-tune"
          label={strings.fineTune}
          title={strings.fineTuneTitle}
          checked={fineTune}
          disabled={busy.value}
          change={(on) => control.set({ fineTune: on })}
        />
      )}
      <Slider
        id="training-pushes"
        label={strings.pushes}
        title={strings.pushes}
        {...{ min: 0, max: largest, step: largest / 40 }}
        value={randomPushes?.impulse ?? 0}
        say={strings.pushesOf}
        move={(impulse) =>
          Promise.resolve(control.set({ randomPushes: impulse === 0 ? null : { perMinute: PUSHES_A_MINUTE, impulse } }))
        }
      />
      {NOISES.map(({ id, label, of }) => (
        <Slider
          key={id}
          id={id}
          label={label}
          title={label}
          {...{ min: 0, max: 0.5, step: 0.01 }}
          value={noise[of]}
          say={strings.noiseOf}
          move={(to) => Promise.resolve(control.set({ noise: { ...noise, [of]: to } }))}
        />
      ))}
      <Slider
        id="training-workers"
        label={strings.workers}
        title={strings.seedTitle}
        min={1}
        max={Math.max(8, navigator.hardwareConcurrency || 2)}
        step={1}
        value={workers.value}
        say={String}
        move={async (to) => {
          workers.value = to;
        }}
      />
      <div class="field wide">
        <label for="hidden">{strings.hidden}</label>
        <input
          type="text"
          id="hidden"
          title={strings.hiddenTitle}
          value={settings.value[algorithm].hidden.join(", ")}
          onChange={(event) => {
            const widths = widthsIn(event.currentTarget.value);
            if (widths === null) complain(strings.badHidden);
            else setHyper("hidden", widths);
          }}
        />
      </div>
      {Object.keys(own)
        .filter((name) => name !== "hidden")
        .map((name) => (
          <NumberField
            key={`${algorithm}-${name}`}
            id={`hyper-${name}`}
            label={strings.hyperparameters[name] ?? name}
            title={strings.hyperparameters[name] ?? name}
            value={own[name] as number}
            change={(value) =>
              value > 0 || (value === 0 && ["entropy", "targetKl", "warmup"].includes(name))
                ? setHyper(name, WHOLE.has(name) ? Math.round(value) : value)
                : complain(strings.badNumber(strings.hyperparameters[name] ?? name))
            }
          />
        ))}
    </Foldable>
  );
}

/** Hyperparameters that count something. */
const WHOLE = new Set(["directions", "best", "bodies", "horizon", "epochs", "minibatch", "bufferSize", "warmup"]);

/** The widths in a text; null where it is none. */
function widthsIn(text: string): number[] | null {
  if (text.trim() === "") return [];
  const widths = text
    .split(/[\s,]+/)
    .filter(Boolean)
    .map(Number);
  const fit = widths.every((width) => Number.isInteger(width) && width >= 1 && width <= MOST_WIDTH);
  return fit && widths.length <= MOST_HIDDEN ? widths : null;
}

interface NumberProps {
  readonly id: string;
  readonly label: string;
  readonly title: string;
  readonly value: number;
  change(value: number): void;
}

function NumberField({ id, label, title, value, change }: NumberProps) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        type="number"
        id={id}
        title={title}
        step="any"
        min={0}
        value={value}
        disabled={busy.value}
        onChange={(event) => change(event.currentTarget.valueAsNumber)}
      />
    </div>
  );
}
