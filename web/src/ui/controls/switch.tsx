/** A switch with its label, and a section of a panel that folds away. */
import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";

export interface SwitchProps {
  readonly id: string;
  readonly label: string;
  readonly title: string;
  readonly checked: boolean;
  readonly disabled?: boolean;
  /** Shown beside it: the key that does the same. */
  readonly hotkey?: string;
  change(on: boolean): void;
}

export function Switch({ id, label, title, checked, disabled = false, hotkey, change }: SwitchProps) {
  return (
    <label class="switch" for={id} title={title}>
      <input
        type="checkbox"
        role="switch"
        id={id}
        title={title}
        checked={checked}
        disabled={disabled}
        onChange={(event) => change(event.currentTarget.checked)}
      />
      <span class="track" />
      {label}
      {hotkey && <kbd aria-hidden="true">{hotkey.toUpperCase()}</kbd>}
    </label>
  );
}

export interface FoldableProps {
  readonly title: string;
  /** At first; from then on it is the person's. */
  readonly open?: boolean;
  /** Told when a person opens or folds it. */
  toggled?(open: boolean): void;
  readonly children: ComponentChildren;
}

export function Foldable({ title, open = false, toggled, children }: FoldableProps) {
  const [first] = useState(open);
  // The event comes, too, when it is first drawn open.
  const was = useRef(open);
  const toggle = (now: boolean) => {
    if (now !== was.current) toggled?.(now);
    was.current = now;
  };
  return (
    <details class="foldable" open={first} onToggle={(event) => toggle(event.currentTarget.open)}>
      <summary>
        <h2>{title}</h2>
      </summary>
      <div class="within">{children}</div>
    </details>
  );
}
