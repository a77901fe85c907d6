/** The network that sees. */
export const sight = {
  sightTitle: "Sight",
  sightHint: (error: string) =>
    `A small network looks at the body and tells how it stands, within ${error}° on half of the pictures it never saw.`,
  attitude: "The policy acts on",
  trueAttitude: "True attitude",
  trueAttitudeTitle: "The policy gets the attitude that MuJoCo knows",
  seenAttitude: "Seen attitude",
  seenAttitudeTitle: "The policy gets the attitude that the network tells from the picture",
  sightPicture: (width: number, height: number) => `What the network sees, ${width} by ${height} pixels`,
  frameOfTruth: "true",
  frameOfEstimate: "seen",
  frameTitle: { true: "The body's true axes, as the camera sees them", seen: "The axes that the network tells" },
  sightError: "Error",
  sightErrorNow: (degrees: number) => `${degrees.toFixed(1)}°`,
  sightErrorChart: (seconds: number) => `Angle between the two over the last ${seconds} s, degrees`,
  blind: (reason: string) => `There is no picture for the network to see (${reason}). Switch to the true attitude.`,
};
