/** The View menu: where to look from, what to follow, and what to show over the picture. Each has a key. */
import { signal, useSignal, useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import { OVERLAYS, type Overlay } from "../../protocol";
import type { Preset } from "../../view/camera";
import type { Actions } from "../actions";
import { Icon } from "../controls/icon";
import { Switch } from "../controls/switch";
import { state } from "../page/now";
import { strings } from "../strings";

/** The camera, as the menu moves it. */
export interface Lens {
  view(preset: Preset): void;
  focus(body: number | null): void;
}

const PRESETS = { front: "4", side: "5", top: "6", behind: "7" } satisfies Record<Preset, string>;
const OVERLAY_KEYS = {
  contacts: "k",
  forces: "n",
  joints: "j",
  centreOfMass: "m",
  torques: "t",
} satisfies Record<Overlay, string>;
const FOLLOW_KEY = "f";

/** Null without a picture. */
export const lens = signal<Lens | null>(null);
/** The name of the body that the camera follows; null: the whole. */
export const followed = signal<string | null>(null);

/** What a key does here. */
export function viewKeys(actions: Actions): ReadonlyMap<string, () => void> {
  return new Map([
    [FOLLOW_KEY, () => lens.value?.focus(null)],
    ...Object.entries(PRESETS).map(([preset, key]) => [key, () => lens.value?.view(preset as Preset)] as const),
    ...OVERLAYS.map((overlay) => [OVERLAY_KEYS[overlay], () => toggle(actions, overlay)] as const),
  ]);
}

function toggle(actions: Actions, overlay: Overlay): void {
  actions.setOverlay(overlay, !state.value.overlays.includes(overlay));
}

export function ViewMenu({ actions }: { readonly actions: Actions }) {
  const open = useSignal(false);
  const opener = useRef<HTMLButtonElement>(null);
  const close = () => {
    open.value = false;
    opener.current?.focus();
  };
  const press = () => {
    if (open.value) close();
    else open.value = true;
  };
  useSignalEffect(() => {
    if (!open.value) return;
    const onKey = (event: KeyboardEvent) => event.key === "Escape" && close();
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  });
  return (
    <>
      <button
        type="button"
        ref={opener}
        class="icon-button panel view-opener"
        aria-label={strings.view}
        title={strings.view}
        aria-expanded={open.value}
        aria-controls="view"
        onClick={press}
      >
        <Icon name="view" />
      </button>
      <section id="view" class="panel" aria-label={strings.view} hidden={!open.value}>
        <h2>{strings.presets}</h2>
        <div class="presets" role="group" aria-label={strings.presets}>
          {(["front", "side", "top", "behind"] as const).map((preset) => (
            <button
              type="button"
              class="button"
              key={preset}
              title={title(strings.presetTitle[preset], PRESETS[preset])}
              onClick={() => lens.value?.view(preset)}
            >
              {strings.preset[preset]}
            </button>
          ))}
        </div>
        <h2>{strings.overlays}</h2>
        {OVERLAYS.map((overlay) => (
          <Switch
            key={overlay}
            id={`overlay-${overlay}`}
            label={strings.overlay[overlay]}
            title={title(strings.overlayTitle[overlay], OVERLAY_KEYS[overlay])}
            checked={state.value.overlays.includes(overlay)}
            hotkey={OVERLAY_KEYS[overlay]}
            change={(on) => actions.setOverlay(overlay, on)}
          />
        ))}
      </section>
    </>
  );
}

/** Over the picture: the body that the camera follows; a press lets it follow the whole again. */
export function Followed() {
  if (followed.value === null) return null;
  return (
    <button
      type="button"
      class="button followed"
      title={title(strings.followWhole, FOLLOW_KEY)}
      onClick={() => lens.value?.focus(null)}
    >
      {strings.following(followed.value)}
    </button>
  );
}

function title(text: string, key: string): string {
  return `${text} (${key.toUpperCase()})`;
}
