/** What the user asks of a robot. */
export const joystick = {
  joystick: "Command",
  joystickTitle: "Drag to say where the robot shall walk; W, S, A, D walk, Q and E turn, a gamepad's sticks do both",
  stop: "Stand",
  stopTitle: "Command nothing: the robot stands still",
  commanded: (value: number, unit: string) => `${value.toFixed(2)} ${unit}`.trim(),
};
