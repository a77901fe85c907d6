/** The actuators that are moved by hand: one is chosen from the list, and gets a slider until it is given back. */
import { useSignalEffect } from "@preact/signals";
import type { Override } from "../../protocol";
import type { Actions } from "../actions";
import { Icon } from "../controls/icon";
import { Slider } from "../controls/slider";
import { Foldable } from "../controls/switch";
import { loaded, state } from "../page/now";
import { strings } from "../strings";
import { connected, watchGamepads } from "./gamepads";

/** Of a slider: steps from one end of an actuator's range to the other. */
const STEPS = 100;

export function ManualPanel({ actions }: { readonly actions: Actions }) {
  const { overrides } = state.value;
  const action = loaded.value?.manifest.action;
  useSignalEffect(() => {
    if (state.value.overrides.length > 0) watchGamepads(actions);
  });
  const nameOf = (actuator: number) => action?.names?.[actuator] || strings.actuator(actuator);
  const put = (actuator: number, value: number) => actions.setOverrides(replaced(overrides, { actuator, value }));
  const free = Array.from({ length: action?.size ?? 0 }, (_, actuator) => actuator).filter(
    (actuator) => !overrides.some((override) => override.actuator === actuator),
  );
  return (
    <Foldable title={strings.byHand}>
      <p class="hint">{connected.value === null ? strings.byHandHint : strings.gamepad(connected.value)}</p>
      {overrides.map(({ actuator, value }) => {
        const [low, high] = [action?.low[actuator] ?? -1, action?.high[actuator] ?? 1];
        return (
          <div class="by-hand" key={actuator}>
            <Slider
              id={`by-hand-${actuator}`}
              label={nameOf(actuator)}
              title={nameOf(actuator)}
              {...{ min: low, max: high, step: (high - low) / STEPS }}
              value={value}
              say={strings.byHandValue}
              move={(to) => put(actuator, to)}
            />
            <button
              type="button"
              class="icon-button small"
              aria-label={strings.giveBack(nameOf(actuator))}
              title={strings.giveBack(nameOf(actuator))}
              onClick={() => actions.setOverrides(overrides.filter((each) => each.actuator !== actuator))}
            >
              <Icon name="cross" />
            </button>
          </div>
        );
      })}
      <select
        id="take-over"
        aria-label={strings.takeOver}
        hidden={free.length === 0}
        value=""
        onChange={(event) => {
          const actuator = Number(event.currentTarget.value);
          event.currentTarget.value = "";
          put(actuator, middle(action?.low[actuator] ?? -1, action?.high[actuator] ?? 1));
        }}
      >
        <option value="">{strings.choose}</option>
        {free.map((actuator) => (
          <option key={actuator} value={actuator}>
            {nameOf(actuator)}
          </option>
        ))}
      </select>
    </Foldable>
  );
}

/** Rest, where the range has it. */
function middle(low: number, high: number): number {
  return low <= 0 && high >= 0 ? 0 : (low + high) / 2;
}

export function replaced(overrides: readonly Override[], one: Override): readonly Override[] {
  return [...overrides.filter(({ actuator }) => actuator !== one.actuator), one];
}
