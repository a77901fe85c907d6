/** Tools, pins and pushes. */
import type { HandTool } from "../../view/pointer";

export const hands = {
  tools: "What a press on the body does",
  tool: { drag: "Drag", push: "Push", hold: "Hold" } satisfies Record<HandTool, string>,
  toolTitle: {
    drag: "Drag the body with an elastic band",
    push: "A press on the body pushes it away from you",
    hold: "Drag, and leave the body pinned where you let go; press it again to take the pin out",
  } satisfies Record<HandTool, string>,
  hands: "Hands",
  stiffness: "Stiffness",
  stiffnessTitle: "How hard a drag pulls, for each metre of its band",
  stiffnessValue: (newtons: number) => `${Number(newtons.toPrecision(2)).toLocaleString("en")} N/m`,
  pinned: (bodies: readonly string[]) => `Pinned: ${bodies.join(", ")}`,
  unpin: "Let go",
  unpinTitle: "Take out every pin",
  randomPushes: "Random pushes",
  randomPushesTitle: "Pushes that come by themselves, the same for the same seed",
  randomRate: "Pushes",
  randomRateTitle: "Random pushes per minute of simulated time",
  randomRateValue: (perMinute: number) => `${perMinute} a minute`,
  randomImpulseTitle: "Impulse of each random push",
  handFelt: "Policy feels the hand",
  handFeltTitle: "On: your pull is a contact force in the observation. Off: the policy feels its effect alone",
};
