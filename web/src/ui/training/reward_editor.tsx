/** The reward that is learned: a slider for each term's weight, and the whole as text. */
import { useSignal } from "@preact/signals";
import { parseReward, writeReward } from "../../rewards/reward_language";
import { Slider } from "../controls/slider";
import { Foldable } from "../controls/switch";
import { training as strings } from "./strings";
import type { TrainingControl } from "./training_control";
import { body, busy, names, reward, settings } from "./training_state";

/** A slider's end, as a multiple of the weight that the environment gives. */
const REACH = 3;

export function RewardEditor({ control }: { readonly control: TrainingControl }) {
  const draft = useSignal<string | null>(null);
  const problem = useSignal<string | null>(null);
  const own = body.value?.manifest.env.reward ?? [];
  const terms = reward.value;
  const change = (name: string, weight: number) => {
    control.setReward(terms.map((term) => (term.name === name ? { ...term, weight } : term)));
    draft.value = null;
  };
  const apply = () => {
    const { value } = names;
    if (value === null) return;
    try {
      control.setReward(parseReward(draft.value ?? writeReward(terms), value));
      problem.value = null;
      draft.value = null;
    } catch (error) {
      problem.value = error instanceof Error ? error.message : String(error);
    }
  };
  const reset = () => {
    control.setReward(null);
    draft.value = null;
    problem.value = null;
  };
  return (
    <Foldable title={strings.reward}>
      <p class="hint">{strings.rewardHint}</p>
      {terms.map(({ name, weight }) => {
        const usual = own.find((term) => term.name === name)?.weight ?? weight;
        const end = REACH * Math.abs(usual || weight || 1);
        return (
          <Slider
            key={name}
            id={`weight-${name}`}
            label={name}
            title={strings.weight(name)}
            min={Math.min(-end, weight)}
            max={Math.max(end, weight)}
            step={end / 150}
            value={weight}
            say={(value) => value.toLocaleString("en", { maximumSignificantDigits: 3 })}
            move={(to) => Promise.resolve(change(name, to))}
          />
        );
      })}
      <label class="block" for="reward-text">
        {strings.rewardText}
      </label>
      <textarea
        id="reward-text"
        title={strings.rewardTextTitle}
        rows={6}
        spellcheck={false}
        value={draft.value ?? writeReward(terms)}
        onInput={(event) => {
          draft.value = event.currentTarget.value;
        }}
      />
      {problem.value !== null && (
        <p class="problem" role="alert">
          {problem.value}
        </p>
      )}
      <div class="row">
        <button type="button" class="button" id="apply-reward" disabled={busy.value} onClick={apply}>
          {strings.apply}
        </button>
        <button
          type="button"
          class="button"
          id="own-reward"
          disabled={busy.value || (settings.value.reward === null && draft.value === null)}
          onClick={reset}
        >
          {strings.ownReward}
        </button>
      </div>
    </Foldable>
  );
}
