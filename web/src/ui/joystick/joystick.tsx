/** Where a robot shall walk: a pad for its first two numbers, a slider for each other one. */
import { useRef } from "preact/hooks";
import type { Actions } from "../actions";
import { Slider } from "../controls/slider";
import { state } from "../page/now";
import { strings } from "../strings";
import { command, commandOf, shareAt, shareOf } from "./command";

/** Of the pad's radius: how far the knob's centre goes. */
const REACH = 0.64;
/** Of an arrow key, as a share of the range. */
const KEY_STEP = 0.1;
const STEPS = 100;

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [KEY_STEP, 0],
  ArrowDown: [-KEY_STEP, 0],
  ArrowLeft: [0, KEY_STEP],
  ArrowRight: [0, -KEY_STEP],
};

export function Joystick({ actions }: { readonly actions: Actions }) {
  const pad = useRef<HTMLDivElement>(null);
  const takes = commandOf();
  const asked = state.value.command;
  if (takes === null || asked.length !== takes.names.length) return null;
  const shares = [0, 1].map((i) => shareAt(takes, i, asked[i] ?? 0)) as [number, number];
  const words = takes.names.map((name, i) => `${name} ${strings.commanded(asked[i] ?? 0, takes.units[i] ?? "")}`);
  const put = (forward: number, left: number): void => {
    const length = Math.max(1, Math.hypot(forward, left));
    void command(actions, { 0: shareOf(takes, 0, forward / length), 1: shareOf(takes, 1, left / length) });
  };
  const drag = (event: PointerEvent): void => {
    const box = pad.current?.getBoundingClientRect();
    if (box === undefined || event.buttons === 0) return;
    const [x, y] = [event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2];
    const radius = (REACH * box.width) / 2;
    put(-y / radius, -x / radius);
  };
  const twoWay = takes.names.length >= 2;
  return (
    <>
      <header>
        {strings.joystick}
        <button
          type="button"
          class="stop"
          title={strings.stopTitle}
          onClick={() => void command(actions, { ...takes.names.map(() => 0) })}
        >
          {strings.stop}
        </button>
      </header>
      {twoWay && (
        <>
          <div
            ref={pad}
            class="pad"
            role="slider"
            tabIndex={0}
            title={strings.joystickTitle}
            aria-label={strings.joystick}
            aria-valuemin={takes.low[0]}
            aria-valuemax={takes.high[0]}
            aria-valuenow={asked[0]}
            aria-valuetext={words.join(", ")}
            onPointerDown={(event) => {
              event.currentTarget.setPointerCapture(event.pointerId);
              drag(event);
            }}
            onPointerMove={drag}
            onKeyDown={(event) => {
              const step = ARROWS[event.key];
              if (step === undefined) return;
              event.preventDefault();
              put(shares[0] + step[0], shares[1] + step[1]);
            }}
          >
            <span
              class="knob"
              style={{ left: `${50 - 50 * REACH * shares[1]}%`, top: `${50 - 50 * REACH * shares[0]}%` }}
            />
          </div>
          <p class="said">
            {[0, 1].map((i) => (
              <span key={i}>{strings.commanded(asked[i] ?? 0, takes.units[i] ?? "")}</span>
            ))}
          </p>
        </>
      )}
      {takes.names.map((name, i) =>
        twoWay && i < 2 ? null : (
          <Slider
            key={name}
            id={`command-${i}`}
            label={name}
            title={name}
            min={takes.low[i] ?? 0}
            max={takes.high[i] ?? 0}
            step={((takes.high[i] ?? 0) - (takes.low[i] ?? 0)) / STEPS}
            value={asked[i] ?? 0}
            say={(value) => strings.commanded(value, takes.units[i] ?? "")}
            move={(value) => command(actions, { [i]: value })}
          />
        ),
      )}
    </>
  );
}
