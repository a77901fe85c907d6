import { describe, expect, it } from "vitest";
import { readBundle } from "../../src/sim/bundle";
import { verify } from "../../src/sim/verification";
import { DEFAULT_BUNDLE, nodeEngine, readFrom } from "./node";

const host = { progress: () => undefined, breathe: () => Promise.resolve() };

describe("tmp", () => {
  it.each([DEFAULT_BUNDLE, "/tmp/bundles/cleanrl--Humanoid-v4-ppo_continuous_action-seed1"])("%s", async (folder) => {
    const rows = await verify(await nodeEngine(), await readBundle(readFrom(folder)), host);
    for (const row of rows) console.log(JSON.stringify(row));
    expect(rows.filter((row) => !row.ok)).toEqual([]);
  });
});
