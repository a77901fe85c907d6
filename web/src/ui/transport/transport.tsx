/** The bar at the bottom: what runs, how fast, from which seed, by which policy, and a push. */
import { useSignal, useSignalEffect } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { BACKENDS } from "../../protocol";
import type { Actions } from "../actions";
import type { IconName } from "../controls/element";
import { Icon } from "../controls/icon";
import { Switch } from "../controls/switch";
import type { Notices } from "../notices/notices";
import { loaded, state } from "../page/now";
import { strings } from "../strings";

/** The speed slider is logarithmic: 0.1 to 4, in fortieths of a decade; beyond its last notch it is as fast as possible. */
const SLOWEST = 0.1;
const FASTEST = 4;
const PER_DECADE = 40;
const LAST_NOTCH = Math.round(PER_DECADE * Math.log10(FASTEST));
const UNLIMITED_NOTCH = LAST_NOTCH + 4;

/** A push's strength per kilogram of the model, N·s/kg: what it changes the speed by, m/s. */
const STRENGTH = { min: 0.1, max: 2, usual: 0.8 };

export interface TransportProps {
  readonly actions: Actions;
  readonly notices: Notices;
  /** The bar: it opens on a small screen to show the settings. */
  readonly bar: HTMLElement;
}

export function Transport({ actions, notices, bar }: TransportProps) {
  const { playing, policy } = state.value;
  const open = useSignal(false);
  useSignalEffect(() => {
    bar.classList.toggle("open", open.value);
  });
  const [name, label] = playing ? (["pause", strings.pause] as const) : (["play", strings.play] as const);
  return (
    <>
      <div class="main">
        <IconButton icon={name} label={label} hotkey="Space" kind="primary" press={() => actions.togglePlay()} />
        <IconButton icon="step" label={strings.step} hotkey="." press={() => actions.step()} />
        <IconButton icon="reset" label={strings.reset} hotkey="R" press={() => actions.reset()} />
        <Switch
          id="policy"
          label={strings.policy}
          title={`${strings.policyTitle} (P)`}
          checked={policy}
          change={(on) => actions.setPolicy(on)}
        />
        <button
          type="button"
          class="button push"
          title={`${strings.pushTitle} (↑)`}
          onClick={() => actions.push("away")}
        >
          <Icon name="push" />
          {strings.push}
        </button>
        <button
          type="button"
          class="icon-button more"
          aria-label={strings.more}
          title={strings.more}
          aria-expanded={open.value}
          aria-controls="settings"
          onClick={() => {
            open.value = !open.value;
          }}
        >
          <Icon name="more" />
        </button>
      </div>
      <div class="settings" id="settings">
        <Speed actions={actions} />
        <Strength actions={actions} />
        <Seed actions={actions} notices={notices} />
        <BackendChoice actions={actions} />
      </div>
    </>
  );
}

function Speed({ actions }: { readonly actions: Actions }) {
  const { speed } = state.value;
  const text = strings.speedValue(speed);
  return (
    <Field id="speed" label={strings.speed}>
      <input
        type="range"
        id="speed"
        min={PER_DECADE * Math.log10(SLOWEST)}
        max={UNLIMITED_NOTCH}
        value={Number.isFinite(speed) ? Math.round(PER_DECADE * Math.log10(speed)) : UNLIMITED_NOTCH}
        title={strings.speedTitle}
        aria-valuetext={text}
        onInput={(event) => actions.setSpeed(speedAt(Number(event.currentTarget.value)))}
        onDblClick={() => actions.setSpeed(1)}
      />
      <output for="speed">{text}</output>
    </Field>
  );
}

function Strength({ actions }: { readonly actions: Actions }) {
  const mass = loaded.value?.scene.mass ?? 1;
  // Another body, another strength.
  useSignalEffect(() => {
    actions.impulse.value = STRENGTH.usual * (loaded.value?.scene.mass ?? 1);
  });
  return (
    <Field id="strength" label={strings.strength}>
      <input
        type="range"
        id="strength"
        title={strings.strengthTitle}
        step="any"
        min={STRENGTH.min * mass}
        max={STRENGTH.max * mass}
        value={actions.impulse.value}
        onInput={(event) => {
          actions.impulse.value = Number(event.currentTarget.value);
        }}
      />
      <output for="strength">{strings.strengthValue(actions.impulse.value)}</output>
    </Field>
  );
}

function Seed({ actions, notices }: { readonly actions: Actions; readonly notices: Notices }) {
  const input = useRef<HTMLInputElement>(null);
  // What a person is typing stays.
  useSignalEffect(() => {
    const { seed } = state.value;
    if (input.current && document.activeElement !== input.current) input.current.value = String(seed);
  });
  const take = (field: HTMLInputElement) => {
    const seed = field.value.trim() === "" ? Number.NaN : Number(field.value);
    if (Number.isSafeInteger(seed) && seed >= 0) {
      actions.reset(seed);
      return;
    }
    notices.toast(strings.badSeed);
    field.value = String(state.value.seed);
  };
  return (
    <Field id="seed" label={strings.seed}>
      <input
        ref={input}
        type="number"
        id="seed"
        min={0}
        step={1}
        inputMode="numeric"
        title={strings.seedTitle}
        onChange={(event) => take(event.currentTarget)}
      />
    </Field>
  );
}

function BackendChoice({ actions }: { readonly actions: Actions }) {
  const { bundle, backend: current } = state.value;
  return (
    <fieldset class="field">
      <legend>{strings.backend}</legend>
      <div class="segments">
        {BACKENDS.map((backend) => (
          <label key={backend} title={strings.backendTitle[backend]}>
            <input
              type="radio"
              name="backend"
              value={backend}
              title={strings.backendTitle[backend]}
              // None before there is a bundle.
              checked={bundle !== "" && current === backend}
              onChange={() => actions.setBackend(backend)}
            />
            <span>{strings.backendName[backend]}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** The speed of a slider position, rounded to what the label says. */
function speedAt(position: number): number {
  if (position > LAST_NOTCH + 1) return Number.POSITIVE_INFINITY;
  const speed = 10 ** (position / PER_DECADE);
  return Math.min(FASTEST, Math.max(SLOWEST, speed < 1 ? Math.round(speed * 20) / 20 : Math.round(speed * 10) / 10));
}

interface IconButtonProps {
  readonly icon: IconName;
  readonly label: string;
  readonly hotkey: string;
  readonly kind?: string;
  press(): void;
}

function IconButton({ icon, label, hotkey, kind = "", press }: IconButtonProps) {
  return (
    <button
      type="button"
      class={`icon-button ${kind}`}
      aria-label={label}
      title={`${label} (${hotkey})`}
      onClick={press}
    >
      <Icon name={icon} />
    </button>
  );
}

function Field({ id, label, children }: { id: string; label: string; children: ComponentChildren }) {
  return (
    <div class={`field ${id}`}>
      <label for={id}>{label}</label>
      {children}
    </div>
  );
}
