/** Several policies side by side: which, how far they are, and where they disagree. */
import { useRef } from "preact/hooks";
import { Icon } from "../controls/icon";
import { Foldable, Switch } from "../controls/switch";
import { served } from "../heading/picker";
import { loaded, state } from "../page/now";
import { strings } from "../strings";
import { type Companion, type CompareControl, companions, ghosts, MOST } from "./compare_control";

export function ComparePanel({ control, open }: { readonly control: CompareControl; readonly open: boolean }) {
  const rows = companions.value;
  return (
    <Foldable title={strings.compareTitle} open={open}>
      <p class="hint">{strings.compareHint}</p>
      {rows.map((row) => (
        <Row key={row.key} row={row} remove={() => control.remove(row.key)} />
      ))}
      {rows.length > 0 && (
        <Switch
          id="ghosts"
          label={strings.compareGhosts}
          title={strings.compareGhostsTitle}
          checked={ghosts.value}
          change={(on) => control.setGhosts(on)}
        />
      )}
      {rows.length + 1 < MOST && <Add control={control} />}
    </Foldable>
  );
}

function Row({ row, remove }: { readonly row: Companion; remove(): void }) {
  const seconds = (row.steps * row.dt).toFixed(1);
  const most = Math.max(1e-9, ...row.disagreement.map(({ difference }) => difference));
  return (
    <div class="companion">
      <div class="companion-title">
        <b>{row.title}</b>
        <button
          type="button"
          class="icon-button small"
          aria-label={strings.compareRemove(row.title)}
          title={strings.compareRemove(row.title)}
          onClick={remove}
        >
          <Icon name="cross" />
        </button>
      </div>
      <p class="hint">
        {row.running ? strings.compareStands(seconds) : strings.compareFell(seconds)} · {strings.compareReturn}{" "}
        {row.episodeReturn.toFixed(1)}
      </p>
      {row.disagreement.length > 0 && (
        <dl class="disagreement" title={strings.compareDisagreeTitle} aria-label={strings.compareDisagree}>
          {row.disagreement.map(({ name, difference }) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <span style={{ width: `${(100 * difference) / most}%` }} />
                {`${(100 * difference).toFixed(1)}%`}
              </dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}

function Add({ control }: { readonly control: CompareControl }) {
  const select = useRef<HTMLSelectElement>(null);
  const { bundle } = state.value;
  const title = loaded.value?.manifest.title ?? bundle;
  const taken = new Set(companions.value.map(({ key }) => key));
  const choices = [
    { key: `${bundle}:off`, title: strings.compareOff(title) },
    ...served.value.filter(({ name }) => name !== bundle).map(({ name, title }) => ({ key: name, title })),
  ].filter(({ key }) => !taken.has(key));
  const choose = (key: string) => {
    if (select.current) select.current.value = "";
    if (key !== "") void control.add(key);
  };
  return (
    <select
      ref={select}
      id="add-companion"
      class="chooser"
      aria-label={strings.compareAdd}
      onChange={(event) => choose(event.currentTarget.value)}
    >
      <option value="">{strings.compareChoose}</option>
      {choices.map(({ key, title }) => (
        <option key={key} value={key}>
          {title}
        </option>
      ))}
    </select>
  );
}
