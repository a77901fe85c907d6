/** What stands between the policy and its body. */
export const disturbance = {
  disturbance: "Disturb the policy",
  sampled: "Sampled actions",
  sampledTitle: "On: actions are drawn as in training. Off: their mean, always the same",
  observationNoise: "Noise on what it sees",
  observationNoiseTitle:
    "Standard deviation of Gaussian noise on the observation, in those of the training's observations",
  sigma: (sigma: number) => (sigma === 0 ? "none" : `${sigma.toFixed(2)} σ`),
  actionNoise: "Noise on what it does",
  actionNoiseTitle: "Standard deviation of Gaussian noise on each action, as a share of its range",
  share: (share: number) => (share === 0 ? "none" : `${Math.round(100 * share)}%`),
  mutes: "Muted actuators",
  mutesSummary: (muted: number, all: number) => (muted === 0 ? `Mute actuators · ${all}` : `${muted} of ${all} muted`),
  mute: (name: string) => `Mute ${name}`,
  actuator: (index: number) => `actuator ${index}`,
  impure: "Disturbed",
  impureSampled: "sampled",
  impureObservation: "noise in",
  impureAction: "noise out",
  impureMuted: (count: number) => `${count} muted`,
  purify: "undo",
  purifyTitle: "Not the pure policy any more: put all of it back",
};
