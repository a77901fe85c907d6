/** The list of served bundles, behind the title. */

import { element, icon } from "../controls/element";
import { cardOf, type ServedBundle } from "../gallery/bundle_card";
import { strings } from "../strings";

export class Picker {
  readonly opener = element(
    "button",
    {
      type: "button",
      class: "icon-button choose",
      popovertarget: "picker",
      "aria-label": strings.chooser,
      title: strings.chooser,
      hidden: true,
    },
    icon("choose"),
  );
  readonly #list = element("ul", { class: "cards" });
  readonly #panel: HTMLElement;

  /** `chosen` is called with the name of a bundle picked from the list. */
  constructor(readonly chosen: (bundle: string) => void) {
    const gallery = element("a", { href: "gallery.html", class: "all" }, strings.gallery);
    this.#panel = element(
      "div",
      { id: "picker", class: "panel", popover: "auto", role: "dialog", "aria-label": strings.chooser },
      this.#list,
      gallery,
    );
    document.body.append(this.#panel);
  }

  /** Offers the served bundles; a single one needs no list. */
  offer(served: readonly ServedBundle[], current: string): void {
    const known = served.some(({ name }) => name === current);
    const rows = known ? served : [{ name: current, title: current }, ...served];
    this.#list.replaceChildren(...rows.map((bundle) => this.#item(bundle)));
    this.opener.hidden = rows.length < 2;
    this.show(current);
  }

  /** Marks the one that plays. */
  show(current: string): void {
    for (const item of this.#list.querySelectorAll("button"))
      if (item.dataset.bundle === current) item.setAttribute("aria-current", "true");
      else item.removeAttribute("aria-current");
  }

  #item(bundle: ServedBundle): HTMLElement {
    const button = element("button", { type: "button", class: "bundle-card", "data-bundle": bundle.name });
    button.append(cardOf(bundle));
    button.addEventListener("click", () => {
      this.#panel.hidePopover();
      this.chosen(bundle.name);
    });
    return element("li", {}, button);
  }
}
