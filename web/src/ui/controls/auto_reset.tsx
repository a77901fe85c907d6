/** The auto-reset switch. */
import type { Actions } from "../actions";
import { state } from "../page/now";
import { strings } from "../strings";
import { Switch } from "./switch";

export function AutoReset({ actions }: { readonly actions: Actions }) {
  return (
    <Switch
      id="auto-reset"
      label={strings.autoReset}
      title={strings.autoResetTitle}
      checked={state.value.autoReset}
      change={(on) => actions.setAutoReset(on)}
    />
  );
}
