/** The last minute. */
export const timeline = {
  timeline: "Timeline: the last minute",
  timelineTitle: "The last minute of play: drag, or [ and ] for a second, to go back and play on from there",
  now: "Now",
  toNow: "Back to the newest moment",
  endKey: "End",
  letGo: (body: string) => `Play goes on from a moment at which ${body} was dragged. That drag has ended.`,
  moment: (ago: number, seed: number, step: number) =>
    `${ago > 0 ? `${ago.toFixed(2)} s ago` : "now"} · seed ${seed} · step ${step}`,
};
