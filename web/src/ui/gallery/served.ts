/** bundles/index.json: what is served beside the page. */

import { checkDepth } from "../../files/json_depth";
import { MAX_INDEX_BYTES } from "../../files/limits";
import { readBody } from "../../files/response_body";
import { strings } from "../strings";
import type { ServedBundle } from "./bundle_card";

const INDEX = "bundles/index.json";

/** The served bundles, the default one first; rejects in words where the list cannot be read. */
export async function readServed(): Promise<readonly ServedBundle[]> {
  let response: Response;
  try {
    response = await fetch(INDEX);
  } catch {
    throw new Error(strings.indexMissing(strings.noAnswer));
  }
  if (!response.ok) throw new Error(strings.indexMissing(`HTTP ${response.status}`));
  const text = new TextDecoder().decode(await readBody(response, INDEX, MAX_INDEX_BYTES));
  checkDepth(text, INDEX);
  const list = parsed(text);
  const bundles = isRecord(list) ? list.bundles : null;
  if (!Array.isArray(bundles)) throw new Error(strings.indexMissing(strings.noList));
  return bundles.filter(isServed);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isServed(entry: unknown): entry is ServedBundle {
  return isRecord(entry) && typeof entry.name === "string" && typeof entry.title === "string";
}
