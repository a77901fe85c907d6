/** Tools, pins and pushes. */
import type { HandTool } from "../../view/pointer";

export const perturbations = {
  tools: "What a press on the body does",
  tool: { drag: "Drag", push: "Push", hold: "Hold" } satisfies Record<HandTool, string>,
  toolTitle: {
    drag: "Drag the body with an elastic band",
    push: "A press on the body pushes it away from you",
    hold: "Drag a body, and it stays pinned where you release it; press it again to remove the pin",
  } satisfies Record<HandTool, string>,
  hands: "Perturbations",
  stiffness: "Stiffness",
  stiffnessTitle: "How hard a drag pulls, for each metre of its band",
  stiffnessValue: (newtons: number) => `${Number(newtons.toPrecision(2)).toLocaleString("en")} N/m`,
  pinned: (bodies: readonly string[]) => `Pinned: ${bodies.join(", ")}`,
  unpin: "Remove pins",
  unpinTitle: "Remove every pin",
  difficulty: "Level",
  difficultyTitle: (level: number, impulse: number) =>
    `Level ${level} of the environment, with random pushes of ${Number(impulse.toPrecision(3))} N·s`,
  randomPushes: "Random pushes",
  randomPushesTitle: "Impulses at random moments and in random directions; the same seed gives the same ones",
  randomRate: "Pushes",
  randomRateTitle: "Random pushes per minute of simulated time",
  randomRateValue: (perMinute: number) => `${perMinute} a minute`,
  randomImpulseTitle: "Impulse of each random push",
  handFelt: "Policy feels your forces",
  handFeltTitle:
    "On: your forces are part of the contact forces in the observation. Off: the policy sees only their effect",
};
