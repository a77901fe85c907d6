/** Actuators that are moved by hand. */
export const manual = {
  byHand: "By hand",
  byHandHint: "Take an actuator from the policy and move it yourself: with its slider, or with a gamepad.",
  takeOver: "Actuator to take over",
  choose: "Take over…",
  giveBack: (name: string) => `Give ${name} back to the policy`,
  byHandValue: (value: number) => value.toFixed(2),
  gamepad: (name: string) => `${name} moves the first of them with its sticks.`,
};
