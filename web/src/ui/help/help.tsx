/** The help overlay: keys and gestures. */
import { createRef } from "preact";
import { Dialog } from "../controls/dialog";
import { icon } from "../controls/element";
import { strings } from "../strings";

const dialog = createRef<HTMLDialogElement>();

export function toggleHelp(): void {
  if (dialog.current?.open) dialog.current.close();
  else dialog.current?.showModal();
}

export function Help() {
  return (
    <Dialog dialog={dialog} kind="help" title={strings.help}>
      <dl>
        {strings.keys.map(([key, meaning]) => [
          <dt>
            <kbd>{key}</kbd>
          </dt>,
          <dd>{meaning}</dd>,
        ])}
      </dl>
      <dl>
        {strings.gestures.map(([gesture, meaning]) => [
          <dt>
            <b>{gesture}</b>
          </dt>,
          <dd>{meaning}</dd>,
        ])}
      </dl>
      <p>{strings.github}</p>
    </Dialog>
  );
}

/** Makes a button of index.html open it. */
export function opensHelp(button: HTMLElement): void {
  button.append(icon("help"));
  button.setAttribute("aria-label", strings.helpOpen);
  button.title = `${strings.helpOpen} (?)`;
  button.addEventListener("click", toggleHelp);
}
