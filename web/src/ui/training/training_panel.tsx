/** The panel of the training page: what to learn, how it goes, and what came of it. */
import { Curves } from "./curves";
import { RewardEditor } from "./reward_editor";
import { RewardSentence } from "./reward_sentence";
import { training as strings } from "./strings";
import type { TrainingControl } from "./training_control";
import { AlgorithmChoice, BudgetAndSeed, MoreSettings, PopulationSettings } from "./training_settings";
import {
  body,
  budget,
  busy,
  type Choice,
  choice,
  choices,
  left,
  members,
  phase,
  rate,
  result,
  settings,
  steps,
  tested,
} from "./training_state";

interface Props {
  readonly control: TrainingControl;
  complain(message: string): void;
  /** Told of a body that a person chose. */
  chosen(choice: Choice): void;
}

export function TrainingPanel({ control, complain, chosen }: Props) {
  return (
    <>
      <h2 class="visually-hidden">{strings.panel}</h2>
      <BodyChoice chosen={chosen} />
      <LevelChoice control={control} />
      <AlgorithmChoice control={control} />
      <BudgetAndSeed control={control} complain={complain} />
      <Buttons control={control} />
      <Progress />
      <Result control={control} complain={complain} />
      <RewardEditor key={`reward ${choice.value?.name}`} control={control} />
      <RewardSentence key={`sentence ${choice.value?.name}`} control={control} />
      <PopulationSettings />
      <MoreSettings control={control} complain={complain} />
    </>
  );
}

function BodyChoice({ chosen }: Pick<Props, "chosen">) {
  const group = (kind: Choice["kind"], label: string) => {
    const those = choices.value.filter((each) => each.kind === kind);
    return (
      those.length > 0 && (
        <optgroup label={label}>
          {those.map(({ name, title }) => (
            <option key={name} value={`${kind}/${name}`}>
              {title}
            </option>
          ))}
        </optgroup>
      )
    );
  };
  return (
    <div class="field wide">
      <label for="body">{strings.body}</label>
      <select
        id="body"
        title={strings.bodyTitle}
        value={choice.value ? `${choice.value.kind}/${choice.value.name}` : ""}
        disabled={phase.value === "training"}
        onChange={(event) => {
          const wanted = choices.value.find(({ kind, name }) => `${kind}/${name}` === event.currentTarget.value);
          if (wanted !== undefined) chosen(wanted);
        }}
      >
        {group("body", strings.bodies)}
        {group("bundle", strings.bundles)}
      </select>
    </div>
  );
}

function LevelChoice({ control }: Pick<Props, "control">) {
  const levels = body.value?.manifest.env.levels ?? [];
  if (levels.length === 0) return null;
  return (
    <div class="field wide">
      <label for="level">{strings.level}</label>
      <select
        id="level"
        value={settings.value.level ?? ""}
        disabled={busy.value}
        onChange={(event) =>
          control.set({ level: event.currentTarget.value === "" ? null : Number(event.currentTarget.value) })
        }
      >
        <option value="">{strings.ownLevel}</option>
        {levels.map(({ level }) => (
          <option key={level} value={level}>
            {level}
          </option>
        ))}
      </select>
    </div>
  );
}

function Buttons({ control }: Pick<Props, "control">) {
  const { value } = phase;
  const { value: before } = left;
  return (
    <div class="row">
      {value === "training" ? (
        <button type="button" class="button primary" id="pause" onClick={() => void control.pause()}>
          {strings.pause}
        </button>
      ) : (
        <button
          type="button"
          class="button primary"
          id="train"
          disabled={value === "loading"}
          onClick={() => void control.train()}
        >
          {value === "loading" ? strings.loading : value === "ready" ? strings.train : strings.again}
        </button>
      )}
      {value === "paused" && (
        <button type="button" class="button" id="go-on" onClick={() => void control.goOn()}>
          {strings.goOn}
        </button>
      )}
      {value === "ready" && before !== null && (
        <button type="button" class="button" id="resume" onClick={() => void control.resume()}>
          {strings.resume(before)}
        </button>
      )}
      <button
        type="button"
        class="button"
        id="push"
        title={strings.pushTitle}
        disabled={value === "loading"}
        onClick={() => control.push()}
      >
        {strings.push}
      </button>
    </div>
  );
}

function Progress() {
  const { value: all } = members;
  if (all.length === 0 || steps.value === 0) return null;
  const best = all.reduce((one, other) =>
    (other.progress.best?.mean ?? Number.NEGATIVE_INFINITY) > (one.progress.best?.mean ?? Number.NEGATIVE_INFINITY)
      ? other
      : one,
  );
  const { episodeReturn, evaluated, best: found } = best.progress;
  const number = (value: number | null | undefined) => (value == null ? strings.none : strings.number(value));
  const training = phase.value === "training";
  return (
    <section class="training-progress" aria-label={strings.panel}>
      <progress value={Math.min(steps.value, budget.value)} max={budget.value} aria-label={strings.budget} />
      <p class="figures" role="status">
        <span>{strings.progress(steps.value, budget.value)}</span>
        {training && rate.value > 0 && (
          <>
            <span>{strings.rate(rate.value)}</span>
            <span>{strings.timeLeft((budget.value - steps.value) / rate.value)}</span>
          </>
        )}
      </p>
      <Curves members={all} budget={settings.value.budget} />
      <dl>
        <dt>{strings.learning}</dt>
        <dd>{number(episodeReturn)}</dd>
        <dt>{strings.evaluated}</dt>
        <dd>{number(evaluated?.mean)}</dd>
        <dt>{strings.best}</dt>
        <dd id="best">{number(found?.mean)}</dd>
      </dl>
    </section>
  );
}

function Result({ control, complain }: Omit<Props, "chosen">) {
  const { value } = result;
  if (value === null) return null;
  const { training } = value.manifest;
  const mean = Math.max(...(training?.curve ?? []).map(([, mean]) => mean as number));
  const play = async () => {
    try {
      window.location.assign(await control.playAddress());
    } catch (error) {
      complain(error instanceof Error ? error.message : String(error));
    }
  };
  const { value: test } = tested;
  return (
    <section class="training-result">
      <h3>{strings.done}</h3>
      <p>{strings.doneText(training?.steps ?? 0, strings.number(mean))}</p>
      <p id="tested" role="status" hidden={value.manifest.env.max_episode_steps == null}>
        {test === null
          ? strings.testing
          : strings.tested(test.seeds, strings.number(test.mean), strings.number(test.std), test.whole)}
      </p>
      <div class="row">
        <button type="button" class="button primary" id="play-result" onClick={() => void play()}>
          {strings.play}
        </button>
        <button type="button" class="button" id="download" onClick={() => control.download()}>
          {strings.download}
        </button>
      </div>
      <p class="hint">{strings.verify}</p>
      <code>bbconvert verify {value.name}</code>
    </section>
  );
}
