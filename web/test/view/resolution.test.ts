import { beforeEach, describe, expect, it, vi } from "vitest";
import { Resolution } from "../../src/view/resolution";

/** Milliseconds from picture to picture. */
const SLOW = 40;
const QUICK = 16;

beforeEach(() => void vi.stubGlobal("window", { devicePixelRatio: 2 }));

/** Resolution on a graphics card. */
function begun(): { resolution: Resolution; draw: (pictures: number, took: number) => void } {
  const resolution = new Resolution(false);
  let now = 0;
  const draw = (pictures: number, took: number): void => {
    for (let picture = 0; picture < pictures; picture++) {
      now += took;
      resolution.note(now, took);
    }
  };
  return { resolution, draw };
}

describe("the resolution on a graphics card", () => {
  it("is the device's while pictures come in time, and waits for nothing", () => {
    const { resolution, draw } = begun();
    draw(1000, QUICK);
    expect(resolution.moving).toBe(2);
    expect(resolution.fineShadows).toBe(true);
    expect(resolution.due(0)).toBe(true);
  });

  it("steps down while they are slow, shadows too, but never below half, and is whole at rest", () => {
    const { resolution, draw } = begun();
    draw(24, SLOW);
    expect(resolution.moving).toBeCloseTo(1.6);
    draw(24, SLOW);
    expect(resolution.fineShadows).toBe(false);
    draw(1000, SLOW);
    expect(resolution.moving).toBe(1);
    expect(resolution.still).toBe(2);
  });

  it("comes back once they have been quick for a while", () => {
    const { resolution, draw } = begun();
    draw(1000, SLOW);
    draw(5 * 24, QUICK);
    expect(resolution.moving).toBe(1);
    draw(1000, QUICK);
    expect(resolution.moving).toBe(2);
  });

  it("is not changed by a hiccup, nor by a pause", () => {
    const { resolution, draw } = begun();
    draw(10, SLOW);
    draw(14, QUICK);
    draw(100, 10_000);
    expect(resolution.moving).toBe(2);
  });
});
