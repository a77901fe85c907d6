/** What disturbs the policy. */
export const disturbance = {
  disturbance: "Disturb the policy",
  sampled: "Sampled actions",
  sampledTitle: "On: actions are drawn as in training. Off: their mean, always the same",
  observationNoise: "Observation noise",
  observationNoiseTitle:
    "Standard deviation of Gaussian noise on the observation, in those of the training's observations",
  sigma: (sigma: number) => (sigma === 0 ? "none" : `${sigma.toFixed(2)} σ`),
  actionNoise: "Action noise",
  actionNoiseTitle: "Standard deviation of Gaussian noise on each action, as a share of its range",
  share: (share: number) => (share === 0 ? "none" : `${Math.round(100 * share)}%`),
  mutes: "Muted actuators",
  mutesSummary: (muted: number, all: number) => (muted === 0 ? `Mute actuators · ${all}` : `${muted} of ${all} muted`),
  mute: (name: string) => `Mute ${name}`,
  actuator: (index: number) => `actuator ${index}`,
  disturbed: "Disturbed",
  disturbedBySampling: "sampled",
  disturbedObservation: "observation noise",
  disturbedAction: "action noise",
  disturbedByMutes: (count: number) => `${count} muted`,
  undisturb: "undo",
  undisturbTitle: "Remove all noise, mutes and sampling",
};
