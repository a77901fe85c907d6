/** A served bundle as a card: its picture, where it lives, what it returns, and how it was proven. */
import { Icon } from "../controls/icon";
import { strings } from "../strings";

/** An entry of bundles/index.json. What an older `bbconvert export` did not write is missing. */
export interface ServedBundle {
  readonly name: string;
  readonly title: string;
  readonly env_id?: string;
  /** What Python found it to be when it was served or exported: described by the catalogue, its own, or altered. */
  readonly environment?: "catalogue" | "own" | "altered";
  readonly algorithm?: string;
  readonly control_hz?: number;
  /** Of episodes played in Gymnasium when the bundle was made. */
  readonly return?: { readonly mean: number; readonly std: number; readonly episodes: number } | null;
  readonly published?: { readonly mean_reward: number; readonly std?: number | null } | null;
  /** Checks that ran when the bundle was made, and how many failed. */
  readonly parity?: { readonly checks: number; readonly failed: number } | null;
  /** Of a picture, below the page. */
  readonly preview?: string | null;
}

/** The card's content: the caller makes it a link or a button. */
export function BundleCard({ bundle }: { readonly bundle: ServedBundle }) {
  return (
    <span class="card-content">
      <Preview bundle={bundle} />
      <Facts bundle={bundle} />
    </span>
  );
}

function Preview({ bundle: { preview, env_id = "" } }: { readonly bundle: ServedBundle }) {
  if (preview)
    return (
      <span class="preview">
        <img src={preview} alt="" loading="lazy" width={480} height={300} />
      </span>
    );
  // Which way it leans, so that two of them do not look alike.
  const lean = [...env_id].reduce((sum, letter) => (31 * sum + letter.charCodeAt(0)) % 997, 7) % 25;
  return (
    <span class="preview drawn" style={{ "--lean": `${lean - 12}deg` }}>
      <Walker />
    </span>
  );
}

/** What is not verified about the bundle's environment; null where the catalogue describes it, or nothing is said. */
export function doubtOf(environment: ServedBundle["environment"]): string | null {
  return environment === "own" || environment === "altered" ? strings.environmentDoubt[environment] : null;
}

function Facts({ bundle }: { readonly bundle: ServedBundle }) {
  const { name, title, env_id, algorithm, control_hz, published, parity } = bundle;
  // CleanRL calls it ppo_continuous_action.
  const trained = algorithm === "unknown" ? undefined : algorithm?.split("_")[0]?.toUpperCase();
  const environment = [env_id, trained, control_hz === undefined ? null : strings.hertz(control_hz)];
  const doubt = doubtOf(bundle.environment);
  const beside = published ? strings.beside(figures(published.mean_reward)) : "";
  return (
    <span class="card-facts">
      <b>{title || name}</b>
      <small>{environment.filter((fact) => fact).join(" · ")}</small>
      {bundle.return && (
        <small>
          {strings.cardReturn(figures(bundle.return.mean), figures(bundle.return.std), bundle.return.episodes)}
          {beside}
        </small>
      )}
      {doubt !== null && <Proof holds={false} title={strings.environmentTitle} text={doubt} />}
      {parity && parity.checks > 0 && (
        <Proof
          holds={parity.failed === 0}
          title={strings.cardParityTitle}
          text={
            parity.failed === 0 ? strings.cardHolds(parity.checks) : strings.parityFailed(parity.failed, parity.checks)
          }
        />
      )}
    </span>
  );
}

function Proof({ holds, title, text }: { readonly holds: boolean; readonly title: string; readonly text: string }) {
  return (
    <small class={holds ? "proof" : "proof failed"} title={title}>
      <Icon name={holds ? "check" : "cross"} />
      {text}
    </small>
  );
}

function figures(value: number): string {
  return Math.abs(value) < 100 ? value.toFixed(1) : String(Math.round(value));
}

/** Some walker on the floor, where there is no picture of the real body. */
function Walker() {
  return (
    <svg viewBox="0 0 160 100" aria-hidden="true">
      <path
        class="floor"
        d="M0 72H160M0 82H160M0 95H160M80 72V100M58 72 34 100M102 72l24 28M36 72-10 100M124 72l46 28"
      />
      <path class="shade" d="M52 83h58" />
      <path class="left" d="M64 48 52 62l7 19M102 46l10 15-8 19" />
      <path class="trunk" d="M62 44l42-6" />
      <path class="right" d="M68 47 72 64l-8 18M98 44 92 62l9 19" />
    </svg>
  );
}
