/** Rewards as data: reads what a person or a language model wrote, by docs/bundle.schema.json, and says what is wrong with it. */
import schema from "../../../docs/bundle.schema.json";
import type { RewardTerm } from "../protocol";

/** Most terms of a reward, and characters of its text. */
const MOST_TERMS = 32;
const LONGEST = 20_000;

/** What a term may name in this scene. */
export interface Names {
  readonly bodies: readonly string[];
  readonly sites: readonly string[];
  /** Numbers of `qpos` and of `qvel`. */
  readonly nq: number;
  readonly nv: number;
}

interface Property {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly anyOf?: readonly Property[];
  readonly default?: unknown;
}

interface Kind {
  readonly description: string;
  readonly properties: Readonly<Record<string, Property>>;
  readonly required: readonly string[];
}

/** A reward that cannot be used, in words. */
export class RewardError extends Error {}

/** The kinds of terms, by the name of each. */
export const KINDS: ReadonlyMap<string, Kind> = new Map(
  Object.values(schema.$defs as unknown as Record<string, Kind>)
    .filter(({ properties }) => properties?.kind !== undefined && properties.weight !== undefined)
    .map((kind) => [String(kind.properties.kind?.const), kind]),
);

/** The terms in a text. Raises `RewardError`. */
export function parseReward(text: string, names: Names): RewardTerm[] {
  if (text.length > LONGEST)
    throw new RewardError(`This is ${text.length} characters long; a reward has at most ${LONGEST}.`);
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new RewardError(`This is not JSON: ${error instanceof Error ? error.message : error}`);
  }
  return checkReward(document, names);
}

/** The same for what was parsed already. */
export function checkReward(document: unknown, names: Names): RewardTerm[] {
  if (!Array.isArray(document)) throw new RewardError('A reward is a list of terms: [ {"kind": …}, … ].');
  if (document.length === 0 || document.length > MOST_TERMS)
    throw new RewardError(`A reward has 1 to ${MOST_TERMS} terms; this one has ${document.length}.`);
  const terms = document.map((term, at) => checkTerm(term, at, names));
  const seen = new Set<string>();
  for (const { name } of terms) {
    if (seen.has(name)) throw new RewardError(`Two terms are called "${name}": give each a name of its own.`);
    seen.add(name);
  }
  return terms;
}

function checkTerm(term: unknown, at: number, names: Names): RewardTerm {
  if (typeof term !== "object" || term === null || Array.isArray(term))
    throw new RewardError(`Term ${at + 1} is not an object: {"kind": …, "name": …, "weight": …}.`);
  const fields = term as Record<string, unknown>;
  const kind = KINDS.get(String(fields.kind));
  if (kind === undefined)
    throw new RewardError(
      `Term ${at + 1} has the kind ${JSON.stringify(fields.kind)}. Kinds: ${[...KINDS.keys()].join(", ")}.`,
    );
  const title = `"${typeof fields.name === "string" ? fields.name : `term ${at + 1}`}" (${fields.kind})`;
  for (const key of Object.keys(fields)) {
    if (kind.properties[key] === undefined)
      throw new RewardError(
        `${title} has "${key}", which it does not know. It has: ${Object.keys(kind.properties).join(", ")}.`,
      );
  }
  for (const key of kind.required) if (fields[key] === undefined) throw new RewardError(`${title} lacks "${key}".`);
  for (const [key, value] of Object.entries(fields)) {
    const property = kind.properties[key] as Property;
    if (!fits(value, property))
      throw new RewardError(`${title}: "${key}" is ${JSON.stringify(value)}, expected ${words(property)}.`);
  }
  checkNames(term as RewardTerm, title, names);
  return term as RewardTerm;
}

function fits(value: unknown, property: Property): boolean {
  if (property.anyOf !== undefined) return property.anyOf.some((option) => fits(value, option));
  if (property.const !== undefined) return value === property.const;
  if (property.enum !== undefined) return property.enum.includes(value);
  const least = property.minimum ?? Number.NEGATIVE_INFINITY;
  switch (property.type) {
    case "number":
      return typeof value === "number" && Number.isFinite(value) && value >= least;
    case "integer":
      return Number.isInteger(value) && (value as number) >= least;
    case "string":
      return typeof value === "string" && value.length > 0 && value.length <= 80;
    case "array":
      return (
        Array.isArray(value) &&
        value.length === 2 &&
        value.every((bound) => bound === null || (typeof bound === "number" && Number.isFinite(bound)))
      );
    case "null":
      return value === null;
    default:
      return false;
  }
}

function words(property: Property): string {
  if (property.const !== undefined) return JSON.stringify(property.const);
  if (property.enum !== undefined) return property.enum.map((each) => JSON.stringify(each)).join(" or ");
  if (property.anyOf !== undefined) return property.anyOf.map(words).join(" or ");
  return (
    { number: "a finite number", integer: "a whole number from 0 on", string: "a name" }[property.type ?? ""] ??
    `${property.type}`
  );
}

/** What a term names has to be in the scene. */
function checkNames(term: RewardTerm, title: string, { bodies, sites, nq, nv }: Names): void {
  const body = (name: string): void => {
    if (!bodies.includes(name))
      throw new RewardError(
        `${title} names the body "${name}", which the scene does not have. Its bodies: ${bodies.join(", ")}.`,
      );
  };
  const index = (at: number, count: number, what: string): void => {
    if (at >= count) throw new RewardError(`${title}: ${what}[${at}] does not exist. It has 0 to ${count - 1}.`);
  };
  if (term.kind === "distance") {
    body(term.of);
    body(term.to);
  } else if (term.kind === "velocity") {
    if (term.of === "qpos") index(term.axis, nq, "qpos");
    else {
      if (term.of !== "mass_center") body(term.of);
      index(term.axis, 3, "axis");
    }
  } else if (term.kind === "state") {
    if (term.source !== "site_xpos") index(term.index, term.source === "qpos" ? nq : nv, term.source);
    else if (!term.site || !sites.includes(term.site))
      throw new RewardError(
        `${title} names the site "${term.site ?? ""}", which the scene does not have. Its sites: ${sites.join(", ") || "none"}.`,
      );
    else index(term.index, 3, "site_xpos");
  }
}

/** The text of a reward, a line for each term. */
export function writeReward(terms: readonly RewardTerm[]): string {
  return `[\n${terms.map((term) => `  ${JSON.stringify(said(term)).replaceAll('":', '": ').replaceAll(',"', ', "')}`).join(",\n")}\n]`;
}

/** Without what is null. */
function said(term: RewardTerm): Record<string, unknown> {
  return Object.fromEntries(Object.entries(term).filter(([, value]) => value !== null));
}

/** How one reward differs from another, term by term. */
export interface Difference {
  readonly name: string;
  readonly before: RewardTerm | null;
  readonly after: RewardTerm | null;
}

export function differences(before: readonly RewardTerm[], after: readonly RewardTerm[]): Difference[] {
  const names = new Set([...before, ...after].map(({ name }) => name));
  const find = (terms: readonly RewardTerm[], name: string) => terms.find((term) => term.name === name) ?? null;
  return [...names]
    .map((name) => ({ name, before: find(before, name), after: find(after, name) }))
    .filter(({ before: was, after: is }) => JSON.stringify(was && said(was)) !== JSON.stringify(is && said(is)));
}
