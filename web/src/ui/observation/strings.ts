/** What the policy sees, and what it does. */
export const observation = {
  observation: "Observation",
  termAgo: (name: string, steps: number) => `${name} −${steps}`,
  observationCells: "Numbers of the observation: the arrow keys read them one by one",
  observationHint: (size: number) => `${size} numbers · point at one`,
  unusual: (count: number, size: number, sigma: number) => `${count} of ${size} beyond ${sigma}σ`,
  unusualTitle: "How many numbers lie farther from the training's mean than five of its standard deviations",
  worst: (name: string, deviations: string) => ` · ${name} ${deviations}`,
  deviations: (sigma: string, clipped: boolean) => `${sigma}σ${clipped ? " or more" : ""}`,
  term: (name: string, size: number) => `${name} · ${size}`,
  cell: (name: string, raw: string, normalized: string | null) =>
    normalized === null ? `${name} = ${raw}` : `${name} = ${raw} · ${normalized}`,
  zeroedCell: (name: string, raw: string) => `${name} = ${raw} · training saw none: the policy is given 0`,
  actions: "Actions",
  actionsHint: (size: number) => `${size} actuators · press one to mute it`,
  actionBars: "Actuators: the arrow keys read them one by one, Enter mutes one",
  actionCell: (name: string, value: string, low: string, high: string) => `${name} = ${value} · limits ${low}, ${high}`,
  saturated: (count: number, size: number) => `${count} of ${size} at a limit`,
  saturatedTitle: "How many actuators the policy drives to the end of their range",
};
