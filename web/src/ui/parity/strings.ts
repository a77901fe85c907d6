/** The badge and its table. */
import type { Check } from "../../protocol";

export const parity = {
  parity: "Parity",
  parityWaiting: "not checked yet",
  parityRunning: "checking in this tab…",
  parityFailed: (failed: number, all: number) => `${failed} of ${all} checks failed`,
  parityUnavailable: "could not be checked",
  parityHolds: (worst: string | null, actions: string | null) =>
    [worst === null ? "all checks hold" : worst, actions].filter((part) => part !== null).join(" · "),
  actionsEqual: "actions bit-equal",
  actionsEqualFor: (steps: string, all: string) => `actions bit-equal for ${steps} of ${all} steps`,
  parityTitle:
    "Largest difference of an observation, browser against Python, number by number: open the table of checks",
  parityHeading: "Does the browser compute what Python computed?",
  parityAbout:
    "The bundle carries a rollout recorded in Gymnasium. These rows are computed in this tab, from that recording, with the same physics, observation and policy that you are playing with.",
  environmentDoubt: {
    own: "Not verified: its environment is its own",
    altered: "Not verified: its environment is not the one that its name says",
  },
  environmentTitle:
    "Reward and termination are as its author describes them: there is no reference to compare them with",
  environmentShort: "own environment",
  otherMujoco: (name: string, made: string, here: string) =>
    `${name} was made with MuJoCo ${made}, and this page plays MuJoCo ${here}: where the two differ, so do the checks.`,
  verify: "Verify in this tab",
  verifying: "Verifying…",
  equal: "observation bit-equal",
  within: (difference: string) => `Δ ${difference}`,
  bitEqual: "0 · bit-equal",
  columns: ["Level", "Check", "Largest difference", "Tolerance", "Samples", "Result"],
  holds: "holds",
  fails: "fails",
  level: { network: "network", observation: "observation", rollout: "rollout", browser: "browser" } satisfies Record<
    Check["level"],
    string
  >,
};
