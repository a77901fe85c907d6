import { describe, expect, it } from "vitest";
import { Disagreement } from "../../../src/ui/compare/disagreement";

describe("disagreement", () => {
  it("names the actuators whose actions differ most, as shares of their ranges", () => {
    const disagreement = new Disagreement();
    disagreement.add([0, 1, -1], [0, 0, 1], [-1, -1, -4], [1, 1, 4]);
    expect(disagreement.most(2)).toEqual([
      { actuator: 1, difference: 0.5 },
      { actuator: 2, difference: 0.25 },
    ]);
  });

  it("forgets what is long ago", () => {
    const disagreement = new Disagreement();
    disagreement.add([1], [0], [-1], [1]);
    for (let i = 0; i < 100; i++) disagreement.add([0.2], [0], [-1], [1]);
    expect(disagreement.most(1)[0]?.difference).toBeCloseTo(0.1, 4);
  });

  it("begins anew for a body with other actuators, and says nothing before there is anything", () => {
    const disagreement = new Disagreement();
    expect(disagreement.most(3)).toEqual([]);
    disagreement.add([1, 1], [0, 0], [0, 0], [1, 1]);
    disagreement.add([0], [1], [0], [2]);
    expect(disagreement.most(3)).toEqual([{ actuator: 0, difference: 0.5 }]);
  });
});
