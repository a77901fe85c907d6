/** A reward from a sentence: asks a language model, shows what would change, and runs nothing before it is accepted. */
import { useSignal } from "@preact/signals";
import type { RewardTerm } from "../../protocol";
import {
  ask,
  endpointOf,
  keepAccess,
  keptAccess,
  type ModelAccess,
  PROVIDERS,
  USUAL_ACCESS,
} from "../../rewards/language_model";
import { differences } from "../../rewards/reward_language";
import { INSTRUCTIONS, type Proposal, questionOf, readProposals } from "../../rewards/reward_question";
import { messageOf } from "../actions";
import { Foldable } from "../controls/switch";
import { training as strings } from "./strings";
import type { TrainingControl } from "./training_control";
import { body, busy, measured, names, proposals, reward } from "./training_state";

const MOST = 4;

export function RewardSentence({ control }: { readonly control: TrainingControl }) {
  const wish = useSignal("");
  const access = useSignal<ModelAccess>(keptAccess());
  const count = useSignal(1);
  const answer = useSignal("");
  const asking = useSignal(false);
  const problem = useSignal<string | null>(null);
  const told = useSignal<string | null>(null);
  const manifest = body.value?.manifest;
  const known = names.value;
  if (!manifest || !known) return null;

  const change = (changed: Partial<ModelAccess>) => {
    access.value = { ...access.value, ...changed };
    keepAccess(access.value);
  };
  const question = () => questionOf(wish.value, manifest, known, reward.value, count.value, measured.value);
  const read = (text: string) => {
    problem.value = null;
    try {
      proposals.value = readProposals(text, known);
    } catch (error) {
      proposals.value = [];
      problem.value = messageOf(error);
    }
  };
  const send = async () => {
    asking.value = true;
    problem.value = null;
    try {
      read(await ask(access.value, INSTRUCTIONS, question()));
    } catch (error) {
      problem.value = messageOf(error);
    } finally {
      asking.value = false;
    }
  };
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(`${INSTRUCTIONS}\n\n${question()}`);
      told.value = strings.copied;
    } catch (error) {
      problem.value = messageOf(error);
    }
  };
  const paste = access.value.provider === "paste";
  return (
    <Foldable title={strings.sentence}>
      <p class="hint">{strings.sentenceHint}</p>
      <label class="block" for="wish">
        {strings.wish}
      </label>
      <textarea
        id="wish"
        rows={2}
        placeholder={strings.wishExample}
        value={wish.value}
        onInput={(event) => {
          wish.value = event.currentTarget.value;
        }}
      />
      <div class="field">
        <label for="provider">{strings.provider}</label>
        <select
          id="provider"
          value={access.value.provider}
          onChange={(event) => change(USUAL_ACCESS[event.currentTarget.value as ModelAccess["provider"]])}
        >
          {PROVIDERS.map((provider) => (
            <option key={provider} value={provider}>
              {strings.providers[provider]}
            </option>
          ))}
        </select>
      </div>
      <div class="field">
        <label for="how-many">{strings.howMany}</label>
        <input
          type="number"
          id="how-many"
          min={1}
          max={MOST}
          value={count.value}
          onInput={(event) => {
            count.value = Math.min(MOST, Math.max(1, Math.round(Number(event.currentTarget.value)) || 1));
          }}
        />
      </div>
      {paste ? (
        <>
          <div class="row">
            <button
              type="button"
              class="button"
              id="copy-question"
              disabled={wish.value.trim() === ""}
              onClick={() => void copy()}
            >
              {strings.copyQuestion}
            </button>
          </div>
          <label class="block" for="answer">
            {strings.answer}
          </label>
          <textarea
            id="answer"
            rows={4}
            spellcheck={false}
            value={answer.value}
            onInput={(event) => {
              answer.value = event.currentTarget.value;
            }}
          />
          <div class="row">
            <button
              type="button"
              class="button"
              id="read-answer"
              disabled={answer.value.trim() === ""}
              onClick={() => read(answer.value)}
            >
              {strings.readAnswer}
            </button>
          </div>
        </>
      ) : (
        <>
          <Text
            id="address"
            label={strings.address}
            value={access.value.address}
            change={(address) => change({ address })}
          />
          <Text
            id="model-name"
            label={strings.model}
            value={access.value.model}
            change={(model) => change({ model })}
          />
          <Text
            id="key"
            label={strings.key}
            hint={strings.keyHint}
            secret
            value={access.value.key}
            change={(key) => change({ key })}
          />
          <p class="hint">{strings.sends(endpointOf(access.value))}</p>
          <div class="row">
            <button
              type="button"
              class="button"
              id="ask"
              disabled={asking.value || wish.value.trim() === ""}
              onClick={() => void send()}
            >
              {asking.value ? strings.asking : strings.ask}
            </button>
          </div>
        </>
      )}
      {problem.value !== null && (
        <p class="problem" role="alert">
          {problem.value}
        </p>
      )}
      {told.value !== null && (
        <p class="hint" role="status">
          {told.value}
        </p>
      )}
      {proposals.value.map((proposal) => (
        <ProposalCard
          key={proposal.title}
          proposal={proposal}
          now={reward.value}
          accept={() => control.setReward(proposal.terms)}
        />
      ))}
      {proposals.value.length > 1 && (
        <div class="row">
          <button
            type="button"
            class="button primary"
            id="compete"
            disabled={busy.value}
            onClick={() => void control.train(proposals.value.map(({ terms }) => terms))}
          >
            {strings.compete}
          </button>
        </div>
      )}
    </Foldable>
  );
}

interface TextProps {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly hint?: string;
  readonly secret?: boolean;
  change(value: string): void;
}

function Text({ id, label, value, hint, secret = false, change }: TextProps) {
  return (
    <div class="field wide">
      <label for={id}>{label}</label>
      <input
        {...(secret ? { type: "password" as const } : { type: "text" as const })}
        id={id}
        autocomplete="off"
        title={hint ?? label}
        value={value}
        onInput={(event) => change(event.currentTarget.value)}
      />
    </div>
  );
}

interface CardProps {
  readonly proposal: Proposal;
  readonly now: readonly RewardTerm[];
  accept(): void;
}

/** What the proposal would change, term by term. */
function ProposalCard({ proposal, now, accept }: CardProps) {
  const changes = differences(now, proposal.terms);
  return (
    <article class="proposal">
      <h3>{proposal.title}</h3>
      <ul>
        {changes.length === 0 && <li>{strings.same}</li>}
        {changes.map(({ name, before, after }) => (
          <li key={name} class={before === null ? "added" : after === null ? "removed" : "changed"}>
            <b>{name}</b> {before === null ? strings.added : after === null ? strings.removed : strings.changed}
            <code>{describe(before, after)}</code>
          </li>
        ))}
      </ul>
      <button
        type="button"
        class="button accept-proposal"
        disabled={busy.value || changes.length === 0}
        onClick={accept}
      >
        {strings.accept}
      </button>
    </article>
  );
}

function describe(before: RewardTerm | null, after: RewardTerm | null): string {
  const text = (term: RewardTerm): string =>
    Object.entries(term)
      .filter(([key, value]) => key !== "name" && value !== null)
      .map(([key, value]) => `${key} ${JSON.stringify(value)}`)
      .join(", ");
  if (before !== null && after !== null && before.kind === after.kind) {
    const one = before as unknown as Record<string, unknown>;
    const other = after as unknown as Record<string, unknown>;
    return Object.keys({ ...one, ...other })
      .filter((key) => JSON.stringify(one[key]) !== JSON.stringify(other[key]))
      .map((key) => `${key} ${JSON.stringify(one[key])} → ${JSON.stringify(other[key])}`)
      .join(", ");
  }
  return [before, after]
    .filter((term) => term !== null)
    .map(text)
    .join(" → ");
}
