/** What to send to others: a link to what one sees, and a frame for a page of one's own. */
import { element, icon } from "../controls/element";
import { strings } from "../strings";

/** How long (ms) a button says that it copied. */
const SAID_MS = 2000;
const FRAME = { width: 800, height: 500 };

export class Share {
  readonly opener = element(
    "button",
    {
      type: "button",
      class: "icon-button share",
      popovertarget: "share",
      "aria-label": strings.sharing,
      title: strings.shareTitle,
    },
    icon("share"),
  );
  readonly #link = element("input", { type: "text", id: "share-link", readonly: true, spellcheck: "false" });
  readonly #frame = element("textarea", { id: "share-frame", readonly: true, rows: 5, spellcheck: "false" });

  /** `address` is asked when the panel opens. */
  constructor(address: () => string) {
    const local = element("p", { class: "hint" }, strings.shareLocal);
    local.hidden = !isLocal(window.location.hostname);
    const panel = element(
      "div",
      { id: "share", class: "panel", popover: "auto", role: "dialog", "aria-label": strings.sharing },
      field(this.#link, strings.shareLink, strings.shareLinkAbout),
      field(this.#frame, strings.shareFrame, strings.shareFrameAbout),
      local,
    );
    panel.addEventListener("beforetoggle", () => this.#write(address()));
    document.body.append(panel);
  }

  #write(address: string): void {
    this.#link.value = address;
    const embedded = new URL(address);
    embedded.search = `${embedded.search}${embedded.search === "" ? "?" : "&"}embed=1`;
    const { width, height } = FRAME;
    const frame = element("iframe", {
      src: embedded.href,
      width,
      height,
      title: document.title,
      style: "border:0;border-radius:12px",
      loading: "lazy",
    });
    this.#frame.value = frame.outerHTML;
  }
}

/** A text with its label and a button that copies it. */
function field(text: HTMLInputElement | HTMLTextAreaElement, label: string, about: string): HTMLElement {
  const said = element("span", {}, strings.copy);
  const copy = element("button", { type: "button", class: "button", "aria-label": `${strings.copy}: ${label}` }, said);
  copy.addEventListener("click", () => void take());
  text.addEventListener("focus", () => text.select());
  const take = async () => {
    text.select();
    try {
      await navigator.clipboard.writeText(text.value);
      said.textContent = strings.copied;
    } catch {
      // A frame of another page may not write to the clipboard: the text is selected.
      text.focus();
      said.textContent = strings.copyYourself;
    }
    setTimeout(() => {
      said.textContent = strings.copy;
    }, SAID_MS);
  };
  const status = element("span", { class: "visually-hidden", role: "status" });
  new MutationObserver(() => {
    status.textContent = said.textContent === strings.copy ? "" : said.textContent;
  }).observe(said, { childList: true });
  return element(
    "div",
    { class: "shared" },
    element("label", { for: text.id }, label),
    element("small", {}, about),
    element("div", { class: "taken" }, text, copy),
    status,
  );
}

function isLocal(host: string): boolean {
  return host === "localhost" || host === "[::1]" || host.startsWith("127.");
}
