/** The panel on the right: episode, records, rates. */
export const telemetry = {
  gait: "Gait",
  phase: (share: number) => `phase ${share.toFixed(2)}`,
  /** Of a body's name what tells one foot from the others: `left_ankle_roll_link` is left. */
  foot: (name: string) => {
    const words = name.split("_").filter((word) => !/^(ankle|roll|pitch|yaw|link|calf|shank|foot|leg)$/i.test(word));
    return words.join(" ") || name;
  },
  hud: "Telemetry",
  hudOpen: "Show telemetry",
  hudClose: "Hide telemetry",
  hudSummary: (hz: string, factor: string) => `${hz} Hz · ${factor}×`,
  episode: "Episode",
  return: "Return",
  length: "Length",
  steps: (n: number) => `${n} steps`,
  time: "Time",
  seconds: (value: number) => `${value.toFixed(value < 10 ? 2 : 1)} s`,
  terminated: "terminated",
  truncated: "truncated",
  endingTitle: {
    terminated: "The policy left the states in which an episode goes on",
    truncated: "The episode reached its time limit",
  },
  longest: "Longest balance",
  longestTitle: "Longest episode since the page was opened, simulated time",
  hardest: "Hardest push survived",
  hardestTitle: "Strongest push since the page was opened after which it stood for 3 s of simulated time",
  best: (value: string) => `best ${value}`,
  beaten: {
    balance: "A new personal best: the longest balance of this policy in this browser.",
    push: "A new personal best: the hardest push this policy has survived in this browser.",
  },
  control: "Control rate",
  target: (hz: string) => `of ${hz} Hz`,
  factor: "Real time",
  rendering: "Rendering",
  fps: (fps: number) => `${fps} fps`,
  still: "idle",
  lateness: "Lateness",
  latenessValue: (p50: string, p99: string) => `${p50} / ${p99} ms`,
  latenessTitle: "How late control steps begin: median / 99th percentile",
  dropped: "Dropped steps",
  droppedTitle: "Control steps that were skipped because this machine could not keep pace",
  stages: "Microseconds per control step",
  stage: { physics: "physics", observation: "observation", policy: "policy", rest: "rest" },
  unavailable: "–",
};
