import { describe, expect, it } from "vitest";
import type { Lens, LookEvent } from "../../../src/protocol";
import { Looks } from "../../../src/worker/sight/looks";

const LENS: Lens = { width: 8, height: 8, position: [1, 0, 0], target: [0, 0, 0], fov: 30 };

describe("Looks", () => {
  it("gives each answer to the one who asked, in whatever order they come", async () => {
    const asked: LookEvent[] = [];
    const looks = new Looks((event) => asked.push(event));
    const [first, second] = [looks.take(Float32Array.of(1), LENS), looks.take(Float32Array.of(2), LENS)];
    const answer = (index: number, pixel: number) =>
      looks.answer({ type: "picture", id: asked[index]?.id ?? -1, pixels: Uint8Array.of(pixel), reason: "" });
    answer(1, 20);
    answer(0, 10);
    expect(Array.from(await first)).toEqual([10]);
    expect(Array.from(await second)).toEqual([20]);
    expect(asked.map(({ poses }) => poses[0])).toEqual([1, 2]);
  });

  it("fails with the page's reason where there is no picture, and ignores an answer that nobody waits for", async () => {
    let id = 0;
    const looks = new Looks((event) => {
      id = event.id;
    });
    const taken = looks.take(Float32Array.of(1), LENS);
    looks.answer({ type: "picture", id, pixels: null, reason: "There is no WebGL." });
    await expect(taken).rejects.toThrow("There is no WebGL.");
    looks.answer({ type: "picture", id: 77, pixels: null, reason: "" });
  });
});
