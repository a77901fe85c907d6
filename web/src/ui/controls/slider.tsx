/** A labelled slider that says its value in words. */
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";

export interface SliderProps {
  readonly id: string;
  readonly label: string;
  readonly title: string;
  readonly min: number;
  readonly max: number;
  readonly step: number | "any";
  readonly value: number;
  /** Puts a value into words. */
  say(value: number): string;
  /** Called with each value that a person chooses; resolves when it is in force. */
  move(value: number): Promise<void>;
}

export function Slider({ id, label, title, min, max, step, value, say, move }: SliderProps) {
  // While a move is not in force yet, the person's choice is shown.
  const chosen = useSignal<number | null>(null);
  const waiting = useRef(0);
  const moved = async (to: number) => {
    chosen.value = to;
    waiting.current += 1;
    await move(to);
    waiting.current -= 1;
    if (waiting.current === 0) chosen.value = null;
  };
  const shown = chosen.value ?? value;
  const text = say(shown);
  return (
    <div class="field slider">
      <label for={id}>{label}</label>
      <output for={id}>{text}</output>
      <input
        type="range"
        id={id}
        title={title}
        min={min}
        max={max}
        step={step}
        value={shown}
        aria-valuetext={text}
        onInput={(event) => void moved(Number(event.currentTarget.value))}
      />
    </div>
  );
}
