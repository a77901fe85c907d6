/** Live charts. */

/** What can be charted. */
export type Quantity = "reward" | "terms" | "height" | "speed" | "value" | "action";

export const charts = {
  charts: "Charts",
  chartsTitle: "What to draw over the last ten seconds of simulated time",
  quantity: {
    reward: "Reward",
    terms: "Reward terms",
    height: "Height",
    speed: "Speed",
    value: "Value",
    action: "Actions",
  } satisfies Record<Quantity, string>,
  quantityTitle: {
    reward: "Reward of each control step",
    terms: "What each term of the reward gives",
    height: "Height of the root body",
    speed: "Speed of the root body",
    value:
      "The critic's estimate of the reward still to come, as training discounted and scaled it; asked ten times a second",
    action: "The action that each actuator is given",
  } satisfies Record<Quantity, string>,
  unit: { reward: "per step", terms: "per step", height: "m", speed: "m/s", value: "", action: "" } satisfies Record<
    Quantity,
    string
  >,
  chart: (quantity: string, unit: string) => (unit === "" ? quantity : `${quantity} · ${unit}`),
  chartMoment: (quantity: string) => `${quantity}: a moment of the last ten seconds`,
  ago: (seconds: number) => (seconds < 0.005 ? "now" : `${seconds.toFixed(2)} s ago`),
  chartLine: (name: string, value: string) => `${name} ${value}`,
  chartsFailed: "The charts could not be loaded: is the page still served? Reload it, and open them again.",
};
