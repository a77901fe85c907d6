/** A modal dialog with a title and a close button; a press beside it closes it too. */
import type { ComponentChildren, RefObject } from "preact";
import { strings } from "../strings";
import { Icon } from "./icon";

export interface DialogProps {
  readonly dialog: RefObject<HTMLDialogElement | null>;
  /** Its class, and the beginning of its title's id. */
  readonly kind: string;
  readonly title: string;
  readonly children: ComponentChildren;
}

export function Dialog({ dialog, kind, title, children }: DialogProps) {
  const close = () => dialog.current?.close();
  const titleId = `${kind}-title`;
  return (
    <dialog
      ref={dialog}
      class={`panel ${kind}`}
      aria-labelledby={titleId}
      onClick={(event) => event.target === dialog.current && close()}
    >
      <header>
        <h2 id={titleId}>{title}</h2>
        <button
          type="button"
          class="icon-button"
          aria-label={strings.close}
          title={`${strings.close} (Esc)`}
          onClick={close}
        >
          <Icon name="close" />
        </button>
      </header>
      {children}
    </dialog>
  );
}
