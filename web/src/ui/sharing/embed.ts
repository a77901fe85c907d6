/** The clean frame of `?embed=1`: a slim bar and the badge; the rest is a click away, in a tab of its own. */
import { hasAddress } from "../address/address";
import { element, icon } from "../controls/element";
import { strings } from "../strings";

export class Embed {
  readonly #whole = element(
    "a",
    { class: "icon-button whole", target: "_blank", rel: "noopener", title: strings.openWhole },
    icon("whole"),
  );

  constructor(bar: HTMLElement) {
    document.body.classList.add("embed");
    this.#whole.setAttribute("aria-label", strings.openWhole);
    if (hasAddress()) bar.append(this.#whole);
  }

  /** `address` of the whole page. */
  show(address: string): void {
    this.#whole.href = address;
  }
}
