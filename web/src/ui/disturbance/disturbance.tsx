/** What disturbs the policy: sampled actions, noise, muted actuators; and the chip that says so and removes it. */
import type { Actions } from "../actions";
import { Slider } from "../controls/slider";
import { Foldable, Switch } from "../controls/switch";
import { loaded, state } from "../page/now";
import { strings } from "../strings";

export function DisturbancePanel({ actions }: { readonly actions: Actions }) {
  const { sampled, backend, noise, mutes } = state.value;
  const manifest = loaded.value?.manifest;
  const actuators = Array.from({ length: manifest?.action.size ?? 0 }, (_, i) => manifest?.action.names[i] ?? "");
  return (
    <Foldable title={strings.disturbance}>
      {manifest?.network.stochastic && (
        <Switch
          id="sampled"
          label={strings.sampled}
          title={strings.sampledTitle}
          checked={sampled}
          // The files of TF.js have no distribution.
          disabled={backend === "tfjs"}
          change={(on) => actions.setSampling(on)}
        />
      )}
      <Slider
        id="observation-noise"
        label={strings.observationNoise}
        title={strings.observationNoiseTitle}
        {...{ min: 0, max: 3, step: 0.05 }}
        value={noise.observation}
        say={strings.sigma}
        move={(observation) => actions.setNoise({ observation })}
      />
      <Slider
        id="action-noise"
        label={strings.actionNoise}
        title={strings.actionNoiseTitle}
        {...{ min: 0, max: 0.5, step: 0.01 }}
        value={noise.action}
        say={strings.share}
        move={(action) => actions.setNoise({ action })}
      />
      <p class="hint">{strings.mutesSummary(mutes.length, actuators.length)}</p>
      <div class="mutes" role="group" aria-label={strings.mutes}>
        {actuators.map((name, i) => (
          <Mute
            key={name}
            name={name || strings.actuator(i)}
            on={mutes.includes(i)}
            toggle={() => actions.toggleMute(i)}
          />
        ))}
      </div>
    </Foldable>
  );
}

function Mute({ name, on, toggle }: { readonly name: string; readonly on: boolean; toggle(): void }) {
  return (
    <label class="mute">
      <input type="checkbox" aria-label={strings.mute(name)} checked={on} onChange={toggle} />
      <span>{name}</span>
    </label>
  );
}

/** Beside the parity badge, while something disturbs the policy. */
export function DisturbedChip({ actions }: { readonly actions: Actions }) {
  const { sampled, noise, mutes, overrides, sight, stage } = state.value;
  const parts = [
    sampled && strings.disturbedBySampling,
    noise.observation > 0 && strings.disturbedObservation,
    noise.action > 0 && strings.disturbedAction,
    mutes.length > 0 && strings.disturbedByMutes(mutes.length),
    overrides.length > 0 && strings.disturbedByHand(overrides.length),
    stage !== null && strings.disturbedByStage,
    sight === "used" && strings.disturbedBySight,
  ].filter((part) => part !== false);
  if (parts.length === 0) return null;
  return (
    <button
      type="button"
      class="badge disturbed"
      title={strings.undisturbTitle}
      onClick={() => actions.removeDisturbances()}
    >
      <span class="name">{strings.disturbed}</span>
      <span class="detail">{parts.join(" · ")}</span>
      <u>{strings.undisturb}</u>
    </button>
  );
}
