/** Top left: what plays, where it came from, and the plain facts about it. */
import type { ComponentChildren } from "preact";
import type { Manifest } from "../../generated/bundle";
import { loaded } from "../page/now";
import { ShareButton } from "../sharing/sharing";
import { strings } from "../strings";
import { fallsAfter, rateOf, trim } from "./facts";
import { PickerButton } from "./picker";

/** `children` are the badges, which follow the facts. */
export function Heading({ children }: { readonly children: ComponentChildren }) {
  const manifest = loaded.value?.manifest ?? null;
  return (
    <>
      <div class="titled">
        <h1>{manifest?.title ?? strings.product}</h1>
        <ShareButton />
        <PickerButton />
      </div>
      <p class="source">{manifest && <Source manifest={manifest} />}</p>
      <p class="facts">{manifest && <Facts manifest={manifest} />}</p>
      <Falls manifest={manifest} />
      <div class="badges">{children}</div>
    </>
  );
}

function Source({ manifest: { source, parity } }: { readonly manifest: Manifest }) {
  const repository = source.repo_id;
  if (parity?.recorded === "tab") return strings.trainedHere(source.algorithm);
  if (!repository) return strings.localFile(source.filename);
  const revision = source.revision ?? null;
  const path = revision ? `${repository}/tree/${revision}` : repository;
  return (
    <>
      <a
        href={`https://huggingface.co/${path}`}
        target="_blank"
        rel="noopener"
        title={strings.sourceTitle(repository, revision)}
      >
        {repository}
      </a>
      {revision && [" ", <code title={revision}>{strings.revision(revision)}</code>]}
    </>
  );
}

function Facts({ manifest }: { readonly manifest: Manifest }) {
  const { env, observation, action, published } = manifest;
  return (
    <>
      <strong title={strings.rateTitle(trim(1000 * env.dt))}>{strings.rate(rateOf(env.dt))}</strong>
      <span>{strings.sizes(observation.size, action.size)}</span>
      {published && (
        <span>
          {strings.published(trim(published.mean_reward), published.std == null ? null : trim(published.std))}
        </span>
      )}
    </>
  );
}

function Falls({ manifest }: { readonly manifest: Manifest | null }) {
  const seconds = manifest && fallsAfter(manifest);
  return (
    <p class="falls" hidden={seconds === null}>
      {seconds !== null &&
        (manifest?.parity?.recorded === "tab" ? strings.fallsInTab : strings.falls)(seconds.toFixed(1))}
    </p>
  );
}
