/** What can be trained: bodies/index.json, and the bundles that are served beside the page. */
import { readServed } from "../gallery/served";
import type { Choice } from "./training_state";

const INDEX = "bodies/index.json";

/** Bodies without a policy first. A list that cannot be read is as good as an empty one, where the other has something. */
export async function readBodies(): Promise<readonly Choice[]> {
  const [bodies, bundles] = await Promise.allSettled([readIndex(), readServed()]);
  const found: Choice[] = [];
  if (bodies.status === "fulfilled") found.push(...bodies.value);
  if (bundles.status === "fulfilled")
    found.push(...bundles.value.map(({ name, title }) => ({ kind: "bundle" as const, name, title })));
  if (found.length === 0 && bodies.status === "rejected") throw bodies.reason;
  return found;
}

async function readIndex(): Promise<Choice[]> {
  const response = await fetch(INDEX);
  if (!response.ok) throw new Error(`${INDEX}: HTTP ${response.status}`);
  const document = (await response.json()) as { readonly bodies?: unknown };
  if (!Array.isArray(document.bodies)) throw new Error(`${INDEX} holds no list.`);
  return document.bodies
    .filter((each): each is { name: string; env_id: string } => typeof each?.name === "string")
    .map(({ name, env_id }) => ({ kind: "body", name, title: env_id }));
}
