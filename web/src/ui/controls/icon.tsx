/** A line icon, for a panel. */
import { ICONS, type IconName } from "./element";

export function Icon({ name }: { readonly name: IconName }) {
  const { fill, path } = ICONS[name];
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true" class={fill ? "icon solid" : "icon"}>
      <path d={path} />
    </svg>
  );
}
