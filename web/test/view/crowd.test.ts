import { describe, expect, it } from "vitest";
import { spiral } from "../../src/view/crowd";

describe("the cells of a crowd", () => {
  it.each([1, 2, 9, 10, 100, 1000])(
    "are %i different ones, the middle first, as near to it as they can be",
    (count) => {
      const cells = spiral(count);
      expect(cells.length).toBe(count);
      expect(cells[0]).toEqual({ x: 0, y: 0 });
      expect(new Set(cells.map(({ x, y }) => `${x} ${y}`)).size).toBe(count);
      const ring = Math.max(...cells.map(({ x, y }) => Math.max(Math.abs(x), Math.abs(y))));
      expect((2 * ring - 1) ** 2).toBeLessThan(count === 1 ? 2 : count);
    },
  );
});
