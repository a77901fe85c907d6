/** Rewards as text: what is wrong with one is said by name, and a language model's answer is held to the same rules. */
import { describe, expect, it } from "vitest";
import type { RewardTerm } from "../../src/protocol";
import { differences, KINDS, type Names, parseReward, writeReward } from "../../src/rewards/reward_language";
import { questionOf, readProposals } from "../../src/rewards/reward_question";
import { bodyOf } from "../support/training";

const NAMES: Names = { bodies: ["world", "torso", "foot"], sites: ["tip"], nq: 6, nv: 6 };
const FORWARD: RewardTerm = { kind: "velocity", name: "forward", of: "torso", axis: 0, weight: 1 };
const ALIVE: RewardTerm = { kind: "constant", name: "alive", weight: 0.5 };

describe("a reward as text", () => {
  it("knows every kind of term of the manifest", () => {
    expect([...KINDS.keys()].sort()).toEqual([
      "constant",
      "contact_cost",
      "control_cost",
      "distance",
      "healthy",
      "state",
      "velocity",
    ]);
  });

  it("is read as it is written", () => {
    expect(parseReward(writeReward([FORWARD, ALIVE]), NAMES)).toEqual([FORWARD, ALIVE]);
  });

  it.each<[string, RegExp]>([
    ["", /not JSON/],
    ["{}", /a list of terms/],
    ["[]", /1 to 32 terms; this one has 0/],
    ["[3]", /Term 1 is not an object/],
    ['[{"kind": "script", "name": "x", "weight": 1}]', /kind "script". Kinds: .*velocity/],
    ['[{"kind": "constant", "name": "x"}]', /"x" \(constant\) lacks "weight"/],
    ['[{"kind": "constant", "name": "x", "weight": "much"}]', /"weight" is "much", expected a finite number/],
    ['[{"kind": "constant", "name": "x", "weight": 1e999}]', /"weight" is null, expected a finite number/],
    ['[{"kind": "constant", "name": "x", "weight": 1, "code": "alert(1)"}]', /has "code", which it does not know/],
    [
      '[{"kind": "velocity", "name": "x", "of": "head", "axis": 0, "weight": 1}]',
      /names the body "head", which the scene does not have. Its bodies: world, torso/,
    ],
    ['[{"kind": "velocity", "name": "x", "of": "torso", "axis": 3, "weight": 1}]', /axis\[3\] does not exist/],
    ['[{"kind": "velocity", "name": "x", "of": "qpos", "axis": 6, "weight": 1}]', /qpos\[6\] does not exist/],
    [
      '[{"kind": "state", "name": "x", "source": "site_xpos", "index": 2, "site": "hat", "weight": 1}]',
      /names the site "hat"/,
    ],
    [
      '[{"kind": "state", "name": "x", "source": "qvel", "index": 1, "power": 3, "weight": 1}]',
      /"power" is 3, expected 1 or 2/,
    ],
    [
      '[{"kind": "constant", "name": "x", "weight": 1}, {"kind": "healthy", "name": "x", "weight": 1}]',
      /Two terms are called "x"/,
    ],
    [`[${'{"kind": "constant", "name": "x", "weight": 1},'.repeat(600)}]`, /at most 20000/],
  ])("says what is wrong with %s", (text, message) => {
    expect(() => parseReward(text, NAMES)).toThrow(message);
  });

  it("is compared with another term by term", () => {
    const slower = { ...FORWARD, weight: 0.2 };
    expect(differences([FORWARD, ALIVE], [slower])).toEqual([
      { name: "forward", before: FORWARD, after: slower },
      { name: "alive", before: ALIVE, after: null },
    ]);
  });
});

describe("a language model's answer", () => {
  it("is read with words and a fence around it", () => {
    const answer = `Here it is:\n\`\`\`json\n{"proposals": [{"title": "Walk", "terms": ${writeReward([FORWARD])}}]}\n\`\`\``;
    expect(readProposals(answer, NAMES)).toEqual([{ title: "Walk", terms: [FORWARD] }]);
    expect(readProposals(writeReward([ALIVE]), NAMES)[0]?.terms).toEqual([ALIVE]);
  });

  it.each<[string, RegExp]>([
    ["I would rather not.", /holds no JSON/],
    ['{"proposals": [{"title": "Walk", "terms": [}', /cannot be read/],
    ['{"reward": 3}', /no "proposals"/],
    ['{"proposals": [{"title": "Walk", "terms": [{"kind": "eval"}]}]}', /"Walk": Term 1 has the kind "eval"/],
    ['{"proposals": [null]}', /"Proposal 1": A reward is a list/],
  ])("is refused in words: %s", (answer, message) => {
    expect(() => readProposals(answer, NAMES)).toThrow(message);
  });

  it("was asked for with the environment, the terms and what was measured", async () => {
    const { manifest } = await bodyOf();
    const tried = { title: "Calm", terms: [ALIVE], curve: [[1000, 12.5]] as const };
    const question = questionOf(" stand still ", manifest, NAMES, [FORWARD], 4, [tried]);
    for (const part of ["stand still", manifest.env.id, "velocity (", '"forward"', "4 different", "1000: 12.5"])
      expect(question).toContain(part);
  });
});
