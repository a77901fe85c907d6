/** What a language model is told and asked for a reward, and how its answer is read. */
import type { Manifest } from "../generated/bundle";
import type { RewardTerm } from "../protocol";
import { checkReward, KINDS, type Names, RewardError, writeReward } from "./reward_language";

export interface Proposal {
  readonly title: string;
  readonly terms: readonly RewardTerm[];
}

/** What came of an earlier proposal. */
export interface Measured extends Proposal {
  /** Control steps and mean return, by the environment's own reward. */
  readonly curve: readonly (readonly [steps: number, mean: number])[];
}

export const INSTRUCTIONS =
  "You design rewards for reinforcement learning in MuJoCo. A reward is a JSON list of terms, whose values are added up at " +
  "every control step. You answer with JSON alone: no code, no comments, no Markdown.";

export function questionOf(
  wish: string,
  manifest: Manifest,
  names: Names,
  reward: readonly RewardTerm[],
  count: number,
  measured: readonly Measured[],
): string {
  const kinds = [...KINDS].map(([kind, { description, properties }]) => {
    const fields = Object.keys(properties).filter((name) => name !== "kind");
    return `- ${kind} (${fields.join(", ")}): ${description}`;
  });
  const { env, observation, action } = manifest;
  const terms = observation.terms.map(({ name, source }) => `${name} (${source})`).join(", ");
  const parts = [
    `The wish: ${wish.trim()}`,
    `The environment is ${env.id}: ${env.dt} s a control step, at most ${env.max_episode_steps ?? "any number of"} steps. z points up.`,
    `Its actuators: ${action.names.join(", ")}. It observes: ${terms}.`,
    `Bodies: ${names.bodies.join(", ")}. Sites: ${names.sites.join(", ") || "none"}. qpos has ${names.nq} numbers, qvel ${names.nv}.`,
    `Kinds of terms:\n${kinds.join("\n")}`,
    `Its own reward:\n${writeReward(reward)}`,
  ];
  for (const { title, terms: tried, curve } of measured) {
    const points = curve.map(([steps, mean]) => `${steps}: ${mean.toFixed(1)}`).join(", ");
    parts.push(
      `"${title}" was tried:\n${writeReward(tried)}\nMean return by the environment's own reward after so many steps: ${points}`,
    );
  }
  parts.push(
    `Answer with ${count === 1 ? "one proposal" : `${count} different proposals`} as JSON: ` +
      '{"proposals": [{"title": "a few words", "terms": [ … ]}]}. A weight below 0 is a cost, but for contact_cost, whose ' +
      "weight is positive. Keep the sum of a step between -10 and 10. Falling must never pay.",
  );
  return parts.join("\n\n");
}

/** The proposals in an answer. Raises `RewardError`, in words. */
export function readProposals(answer: string, names: Names): Proposal[] {
  const document = jsonIn(answer);
  const list = Array.isArray(document) ? [{ title: "Proposal", terms: document }] : proposalsIn(document);
  return list.map((each, at) => {
    const { title, terms } = (each ?? {}) as { title?: unknown; terms?: unknown };
    const called = typeof title === "string" && title.trim() !== "" ? title.trim().slice(0, 60) : `Proposal ${at + 1}`;
    try {
      return { title: called, terms: checkReward(terms, names) };
    } catch (error) {
      if (error instanceof RewardError) throw new RewardError(`"${called}": ${error.message}`);
      throw error;
    }
  });
}

function proposalsIn(document: unknown): readonly unknown[] {
  const found = (document as { proposals?: unknown } | null)?.proposals;
  if (Array.isArray(found) && found.length > 0) return found.slice(0, 4);
  if (Array.isArray((document as { terms?: unknown } | null)?.terms)) return [document];
  throw new RewardError('The answer has no "proposals": ask again, or paste JSON of that form.');
}

/** The JSON in a text that may have words or a fence around it. */
function jsonIn(text: string): unknown {
  const from = text.search(/[[{]/);
  const to = Math.max(text.lastIndexOf("]"), text.lastIndexOf("}"));
  if (from < 0 || to < from) throw new RewardError("The answer holds no JSON.");
  try {
    return JSON.parse(text.slice(from, to + 1));
  } catch (error) {
    throw new RewardError(`The answer's JSON cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}
