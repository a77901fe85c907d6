/** The last minute. */
export const timeline = {
  timeline: "Timeline: the last minute",
  timelineTitle: "The last minute of play: drag, or [ and ] for a second, to go back and play on from there",
  now: "Now",
  toNow: "Back to the newest moment",
  endKey: "End",
  letGo: (body: string) => `Time goes on, and nobody drags ${body} any more: it was let go.`,
  moment: (ago: number, seed: number, step: number) =>
    `${ago > 0 ? `${ago.toFixed(2)} s ago` : "now"} · seed ${seed} · step ${step}`,
};
