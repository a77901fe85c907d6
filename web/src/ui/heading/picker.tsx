/** The list of served bundles, behind the title; a single one needs no list. */
import { computed, signal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { Icon } from "../controls/icon";
import { BundleCard, type ServedBundle } from "../gallery/bundle_card";
import { state } from "../page/now";
import { strings } from "../strings";

/** The bundles that are served beside the page; empty until they are known. */
export const served = signal<readonly ServedBundle[]>([]);

const rows = computed<readonly ServedBundle[]>(() => {
  const { bundle } = state.value;
  if (served.value.length === 0 || bundle === "") return [];
  const known = served.value.some(({ name }) => name === bundle);
  return known ? served.value : [{ name: bundle, title: bundle }, ...served.value];
});

export function PickerButton() {
  return (
    <button
      type="button"
      class="icon-button choose"
      popovertarget="picker"
      aria-label={strings.chooser}
      title={strings.chooser}
      hidden={rows.value.length < 2}
    >
      <Icon name="choose" />
    </button>
  );
}

/** `choose` is called with the name of a bundle picked from the list. */
export function Picker({ choose }: { choose(bundle: string): void }) {
  const panel = useRef<HTMLDivElement>(null);
  const pick = (name: string) => {
    panel.current?.hidePopover();
    choose(name);
  };
  return (
    <div id="picker" ref={panel} class="panel" popover="auto" role="dialog" aria-label={strings.chooser}>
      <ul class="cards">
        {rows.value.map((bundle) => (
          <li key={bundle.name}>
            <button
              type="button"
              class="bundle-card"
              data-bundle={bundle.name}
              aria-current={bundle.name === state.value.bundle ? "true" : undefined}
              onClick={() => pick(bundle.name)}
            >
              <BundleCard bundle={bundle} />
            </button>
          </li>
        ))}
      </ul>
      <a href="gallery.html" class="all">
        {strings.gallery}
      </a>
      <a href="train.html" class="all">
        {strings.trainOne}
      </a>
    </div>
  );
}
