/** What to send to others: a link to what one sees, and a frame for a page of one's own. */
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { element } from "../controls/element";
import { Icon } from "../controls/icon";
import { strings } from "../strings";

/** How long (ms) a button says that it copied. */
const SAID_MS = 2000;
const FRAME = { width: 800, height: 500 };

export function ShareButton() {
  return (
    <button
      type="button"
      class="icon-button share"
      popovertarget="share"
      aria-label={strings.sharing}
      title={strings.shareTitle}
    >
      <Icon name="share" />
    </button>
  );
}

/** `address` of what one sees is asked when the panel opens. */
export function SharePanel({ address }: { address(): string }) {
  const seen = useSignal(window.location.href);
  return (
    <div
      id="share"
      class="panel"
      popover="auto"
      role="dialog"
      aria-label={strings.sharing}
      onBeforeToggle={() => {
        seen.value = address();
      }}
    >
      <Shared id="share-link" label={strings.shareLink} about={strings.shareLinkAbout} text={seen.value} rows={1} />
      <Shared
        id="share-frame"
        label={strings.shareFrame}
        about={strings.shareFrameAbout}
        text={frameOf(seen.value)}
        rows={5}
      />
      <p class="hint" hidden={!isLocal(window.location.hostname)}>
        {strings.shareLocal}
      </p>
    </div>
  );
}

interface SharedProps {
  readonly id: string;
  readonly label: string;
  readonly about: string;
  readonly text: string;
  readonly rows: number;
}

/** A text with its label and a button that copies it. */
function Shared({ id, label, about, text, rows }: SharedProps) {
  const said = useSignal("");
  const field = useRef<HTMLInputElement & HTMLTextAreaElement>(null);
  const copy = async () => {
    field.current?.select();
    try {
      await navigator.clipboard.writeText(text);
      said.value = strings.copied;
    } catch {
      // A frame of another page may not write to the clipboard: the text is selected.
      field.current?.focus();
      said.value = strings.copyYourself;
    }
    setTimeout(() => {
      said.value = "";
    }, SAID_MS);
  };
  const select = () => field.current?.select();
  const attributes = { ref: field, id, value: text, readOnly: true, spellcheck: false, onFocus: select };
  return (
    <div class="shared">
      <label for={id}>{label}</label>
      <small>{about}</small>
      <div class="taken">
        {rows === 1 ? <input type="text" {...attributes} /> : <textarea rows={rows} {...attributes} />}
        <button type="button" class="button" aria-label={`${strings.copy}: ${label}`} onClick={() => void copy()}>
          <span>{said.value || strings.copy}</span>
        </button>
      </div>
      <span class="visually-hidden" role="status">
        {said}
      </span>
    </div>
  );
}

/** The HTML of a frame around the page at `address`. */
function frameOf(address: string): string {
  const embedded = new URL(address);
  embedded.search = `${embedded.search}${embedded.search === "" ? "?" : "&"}embed=1`;
  const style = "border:0;border-radius:12px";
  return element("iframe", { src: embedded.href, ...FRAME, title: document.title, style, loading: "lazy" }).outerHTML;
}

function isLocal(host: string): boolean {
  return host === "localhost" || host === "[::1]" || host.startsWith("127.");
}
