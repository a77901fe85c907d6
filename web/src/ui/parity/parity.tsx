/** The parity badge, and the table of checks behind it: computed in this tab, never read from the manifest. */
import { batch, computed, signal } from "@preact/signals";
import { createRef } from "preact";
import type { Player } from "../../player/player";
import type { Check, Loaded } from "../../protocol";
import { messageOf } from "../actions";
import { Dialog } from "../controls/dialog";
import { Icon } from "../controls/icon";
import { doubtOf } from "../gallery/bundle_card";
import { served } from "../heading/picker";
import { loaded } from "../page/now";
import { strings } from "../strings";
import { difference, exponent, summary } from "./summary";

/** The bundle that is being verified. */
const verified = signal<Loaded | null>(null);
const verifying = computed(() => verified.value !== null && verified.value === loaded.value);
/** The last rows; null before the first of this bundle. */
const checks = signal<readonly Check[] | null>(null);
/** Why the bundle could not be checked. */
const problem = signal<string | null>(null);
/** What no check in a tab can verify: what Python found of the bundle's environment. */
const doubt = computed(() => {
  const bundle = served.value.find(({ name }) => name === loaded.value?.manifest.name);
  return doubtOf(bundle?.environment);
});
const dialog = createRef<HTMLDialogElement>();

/** Whether it was made with another release of MuJoCo than the one that plays. */
const otherMujoco = computed(() => {
  if (loaded.value === null) return null;
  const { manifest, mujoco } = loaded.value;
  const made = manifest.mujoco_version;
  return made === mujoco ? null : strings.otherMujoco(manifest.name, made, mujoco);
});

/** Shows the rows of every verification of this player, also of those that a script asks for. */
export function followVerifications(player: Player): void {
  player.addEventListener("load", () =>
    batch(() => {
      checks.value = null;
      problem.value = null;
    }),
  );
  player.addEventListener("verify", ({ detail }) => {
    checks.value = detail;
  });
}

/** Verifies in this tab; what goes wrong stands in the table. */
export async function runVerification(player: Player): Promise<void> {
  const bundle = loaded.value;
  batch(() => {
    verified.value = bundle;
    problem.value = null;
  });
  try {
    await player.verify();
    // A result for an earlier bundle is dropped.
    if (bundle !== loaded.value) checks.value = null;
  } catch (error) {
    if (bundle === loaded.value) problem.value = messageOf(error);
  } finally {
    if (verified.value === bundle) verified.value = null;
  }
}

/** What the badge says, and how it stands. */
const standing = computed(() => {
  if (verifying.value) return { kind: "running", text: strings.parityRunning } as const;
  if (problem.value !== null) return { kind: "unavailable", text: strings.parityUnavailable } as const;
  if (checks.value === null) return { kind: "waiting", text: strings.parityWaiting } as const;
  const failed = checks.value.filter((check) => !check.ok).length;
  return failed > 0
    ? ({ kind: "fails", text: strings.parityFailed(failed, checks.value.length) } as const)
    : ({ kind: "holds", text: summary(checks.value) } as const);
});

export function ParityBadge() {
  const { kind, text } = standing.value;
  return (
    <button
      type="button"
      class="badge"
      id="parity"
      title={strings.parityTitle}
      aria-haspopup="dialog"
      data-standing={kind}
      onClick={() => dialog.current?.showModal()}
    >
      <span class="mark">
        <Icon key={kind} name={kind === "holds" ? "check" : kind === "fails" ? "cross" : "wait"} />
      </span>
      <span class="name">
        {doubt.value === null ? strings.parity : `${strings.parity} (${strings.environmentShort})`}
      </span>
      <span class="detail">{text}</span>
    </button>
  );
}

export function ParityTable({ player }: { readonly player: Player }) {
  return (
    <Dialog dialog={dialog} kind="checks" title={strings.parityHeading}>
      <p>{strings.parityAbout}</p>
      <p class="problem" hidden={doubt.value === null}>
        {doubt.value !== null && `${doubt.value}. ${strings.environmentTitle}.`}
      </p>
      <p class="problem" id="other-mujoco" hidden={otherMujoco.value === null}>
        {otherMujoco.value}
      </p>
      <p class="problem" role="alert" hidden={problem.value === null}>
        {problem.value}
      </p>
      <div class="scroll" tabIndex={0} role="region" aria-labelledby="checks-title">
        <table>
          <thead>
            <tr>
              {strings.columns.map((column) => (
                <th key={column} scope="col">
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {checks.value?.map((check) => (
              <Row key={`${check.level} ${check.name}`} check={check} />
            ))}
          </tbody>
        </table>
      </div>
      <footer>
        <button
          type="button"
          class="button primary"
          id="verify"
          disabled={verifying.value}
          onClick={() => void runVerification(player)}
        >
          {verifying.value ? strings.verifying : strings.verify}
        </button>
      </footer>
    </Dialog>
  );
}

function Row({ check }: { readonly check: Check }) {
  return (
    <tr data-ok={String(check.ok)}>
      <td>{strings.level[check.level]}</td>
      <th scope="row">{check.name}</th>
      <td class="number" title={`${check.metric}: ${check.value}`}>
        {difference(check.value)}
      </td>
      <td class="number">{check.tolerance === 0 ? "0" : exponent(check.tolerance)}</td>
      <td class="number">{check.n}</td>
      <td class="result">
        <Icon name={check.ok ? "check" : "cross"} />
        {check.ok ? strings.holds : strings.fails}
      </td>
    </tr>
  );
}
