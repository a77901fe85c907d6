/** Renders a panel into an element, which keeps it up to date from then on. */
import { type ComponentChild, render } from "preact";

export function mount<T extends HTMLElement>(root: T, panel: ComponentChild): T {
  render(panel, root);
  return root;
}
