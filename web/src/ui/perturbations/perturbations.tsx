/** The section about perturbations: what is pinned, the drag's stiffness, and random pushes. */
import { useComputed } from "@preact/signals";
import { useRef } from "preact/hooks";
import { type Loaded, type RandomPushes, SOFTEST, STIFFEST } from "../../protocol";
import type { Actions } from "../actions";
import { Icon } from "../controls/icon";
import { Slider } from "../controls/slider";
import { Foldable, Switch } from "../controls/switch";
import { frame, loaded, state } from "../page/now";
import { strings } from "../strings";

/** Pushes a minute. */
const RATE = { min: 2, max: 60, step: 2, usual: 12 };
/** Of a random push, N·s/kg. */
const IMPULSE = { min: 0.05, max: 1.5, usual: 0.4 };

export function PerturbationPanel({ actions }: { readonly actions: Actions }) {
  const { stiffness, handFelt, randomPushes } = state.value;
  const mass = loaded.value?.scene.mass ?? 1;
  return (
    <Foldable title={strings.hands} open>
      <Levels actions={actions} />
      <Pins actions={actions} />
      <Slider
        id="stiffness"
        label={strings.stiffness}
        title={strings.stiffnessTitle}
        {...{ min: 0, max: 100, step: 1 }}
        value={notchOf(stiffness)}
        say={(notch) => strings.stiffnessValue(stiffnessAt(notch) * mass)}
        move={(notch) => actions.setStiffness(stiffnessAt(notch))}
      />
      <Switch
        id="hand-felt"
        label={strings.handFelt}
        title={strings.handFeltTitle}
        checked={handFelt}
        change={(on) => actions.setHandFelt(on)}
      />
      <RandomPushesSwitch actions={actions} pushes={randomPushes} bundle={loaded.value} mass={mass} />
    </Foldable>
  );
}

/** The levels of an environment that has some. */
function Levels({ actions }: { readonly actions: Actions }) {
  const levels = loaded.value?.manifest.env.levels ?? [];
  if (levels.length === 0) return null;
  const { level: current } = state.value;
  return (
    <fieldset class="row levels">
      <legend class="label">{strings.difficulty}</legend>
      <div class="segments">
        {levels.map(({ level, impulse }) => (
          <label key={level} title={strings.difficultyTitle(level, impulse)}>
            <input
              type="radio"
              name="level"
              value={level}
              title={strings.difficultyTitle(level, impulse)}
              checked={current === level}
              onChange={() => actions.setLevel(level, impulse)}
            />
            <span>{level}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function Pins({ actions }: { readonly actions: Actions }) {
  // A new frame comes sixty times a second, another pin now and then.
  const pinned = useComputed(() => frame.value?.pins.map(({ body }) => body).join("\n") ?? "").value;
  return (
    <div class="row pins" hidden={pinned === ""}>
      <span class="label">{strings.pinned(pinned.split("\n"))}</span>
      <button type="button" class="button small" title={`${strings.unpinTitle} (X)`} onClick={() => actions.unpin()}>
        <Icon name="cross" />
        {strings.unpin}
      </button>
    </div>
  );
}

interface RandomPushesProps {
  readonly actions: Actions;
  readonly pushes: RandomPushes | null;
  readonly bundle: Loaded | null;
  readonly mass: number;
}

function RandomPushesSwitch({ actions, pushes, bundle, mass }: RandomPushesProps) {
  // What the sliders say while the pushes are off: what they said last, or the usual for another body.
  const chosen = useRef<RandomPushes & { bundle: Loaded | null }>(null);
  if (chosen.current === null || chosen.current.bundle !== bundle)
    chosen.current = { bundle, perMinute: RATE.usual, impulse: IMPULSE.usual * mass };
  if (pushes !== null) chosen.current = { bundle, ...pushes };
  const { perMinute, impulse } = chosen.current;
  const change = (part: Partial<RandomPushes>) => {
    const all = { perMinute, impulse, ...chosen.current, ...part };
    chosen.current = { ...all, bundle };
    return actions.setRandomPushes({ perMinute: all.perMinute, impulse: all.impulse });
  };
  return (
    <>
      <Switch
        id="random-pushes"
        label={strings.randomPushes}
        title={strings.randomPushesTitle}
        checked={pushes !== null}
        change={(on) => void (on ? change({}) : actions.setRandomPushes(null))}
      />
      <div class="nested" hidden={pushes === null}>
        <Slider
          id="random-rate"
          label={strings.randomRate}
          title={strings.randomRateTitle}
          {...{ min: RATE.min, max: RATE.max, step: RATE.step }}
          value={perMinute}
          say={strings.randomRateValue}
          move={(to) => change({ perMinute: to })}
        />
        <Slider
          id="random-impulse"
          label={strings.strength}
          title={strings.randomImpulseTitle}
          {...{ min: IMPULSE.min * mass, max: IMPULSE.max * mass, step: "any" }}
          value={impulse}
          say={strings.strengthValue}
          move={(to) => change({ impulse: to })}
        />
      </div>
    </>
  );
}

function stiffnessAt(notch: number): number {
  return SOFTEST * (STIFFEST / SOFTEST) ** (notch / 100);
}

function notchOf(stiffness: number): number {
  return Math.round((100 * Math.log(stiffness / SOFTEST)) / Math.log(STIFFEST / SOFTEST));
}
