/** bundles/index.json: what is served beside the page. */
import type { ServedBundle } from "./bundle_card";
import { strings } from "./strings";

/** The served bundles, the default one first; rejects in words where the list cannot be read. */
export async function readServed(): Promise<readonly ServedBundle[]> {
  let response: Response;
  try {
    response = await fetch("bundles/index.json");
  } catch {
    throw new Error(strings.indexMissing(strings.noAnswer));
  }
  if (!response.ok) throw new Error(strings.indexMissing(`HTTP ${response.status}`));
  const list: unknown = await response.json().catch(() => null);
  const bundles = isRecord(list) ? list.bundles : null;
  if (!Array.isArray(bundles)) throw new Error(strings.indexMissing(strings.noList));
  return bundles.filter(isServed);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isServed(entry: unknown): entry is ServedBundle {
  return isRecord(entry) && typeof entry.name === "string" && typeof entry.title === "string";
}
