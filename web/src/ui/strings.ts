/** Every sentence and label of the page, in one place. */
import type { Backend, Check, Overlay } from "../sim/protocol";
import type { Preset } from "../view/camera";
import type { HandTool } from "../view/pointer";

/** What can be charted. */
export type Quantity = "reward" | "terms" | "height" | "speed" | "value" | "action";

export const strings = {
  product: "bbconvert",
  loading: "Loading…",
  progress: (stage: string, fraction: number | null) =>
    fraction === null ? `${stage}…` : `${stage} · ${Math.round(100 * fraction)}%`,

  // Heading
  chooser: "Policy to play",
  revision: (revision: string) => `revision ${revision.slice(0, 7)}`,
  gallery: "All policies",
  galleryAbout:
    "Trained in Python, played in this browser with the same physics, observations and policy. Pick one, and pull it by the hand.",
  galleryProof:
    "Returns are of seeded episodes in Gymnasium, and parity is as it was measured there when each was made. The badge on a policy's own page is computed in your browser.",
  galleryDrawn: "A drawn figure stands where no picture was rendered.",
  hertz: (hz: number) => `${Math.round(10 * hz) / 10} Hz`,
  cardReturn: (mean: string, std: string, episodes: number) => `return ${mean} ± ${std} over ${episodes} episodes`,
  beside: (published: string) => `, published ${published}`,
  cardHolds: (checks: number) => `parity: all ${checks} checks held`,
  cardParityTitle: "As measured in Python when it was made; its page measures again, in your browser",
  sharing: "Share",
  shareTitle: "A link to what you see, and a frame for your own page",
  shareLink: "Link",
  shareLinkAbout: "Opens this policy as you see it: seed, speed, settings, camera.",
  shareFrame: "Frame",
  shareFrameAbout: "HTML for a page of your own: a slim bar and the badge.",
  shareLocal:
    "This address works on this computer alone. For others: bbconvert export BUNDLE --out site, and put the folder on any web host.",
  copy: "Copy",
  copied: "Copied",
  copyYourself: "Press Ctrl+C",
  openWhole: "Open the whole page in a new tab",
  sourceTitle: (repository: string, revision: string | null) =>
    `Open ${repository}${revision ? ` at ${revision}` : ""} on the Hugging Face Hub (new tab)`,
  localFile: (filename: string) => `from the local file ${filename}`,
  rate: (hz: string) => `${hz} Hz policy`,
  rateTitle: (dt: string) => `One action every ${dt} ms of simulated time: the step it was trained at, never another`,
  sizes: (observation: number, action: number) => `${observation} observations → ${action} actions`,
  falls: (seconds: string) => `Falls after about ${seconds} s in Python too: a faithful port, not a bug.`,
  published: (mean: string, std: string | null) => `published return ${mean}${std ? ` ± ${std}` : ""}`,

  // Parity
  parity: "Parity",
  parityWaiting: "not checked yet",
  parityRunning: "checking in this tab…",
  parityFailed: (failed: number, all: number) => `${failed} of ${all} checks failed`,
  parityUnavailable: "could not be checked",
  parityHolds: (worst: string | null, actionsEqual: boolean) =>
    [worst === null ? "all checks hold" : worst, actionsEqual ? "actions bit-equal" : null]
      .filter((part) => part !== null)
      .join(" · "),
  parityTitle:
    "Largest difference of an observation, browser against Python, number by number: open the table of checks",
  parityHeading: "Does the browser compute what Python computed?",
  parityAbout:
    "The bundle carries a rollout recorded in Gymnasium. These rows are computed in this tab, from that recording, with the same physics, observation and policy that you are playing with.",
  verify: "Verify in this tab",
  verifying: "Verifying…",
  equal: "observation bit-equal",
  within: (difference: string) => `Δ ${difference}`,
  bitEqual: "0 · bit-equal",
  columns: ["Level", "Check", "Largest difference", "Tolerance", "Samples", "Result"],
  holds: "holds",
  fails: "fails",
  level: { network: "network", observation: "observation", rollout: "rollout", browser: "browser" } satisfies Record<
    Check["level"],
    string
  >,
  close: "Close",

  // Transport
  transport: "Transport",
  play: "Play",
  pause: "Pause",
  step: "One control step",
  reset: "Reset to this seed",
  speed: "Speed",
  speedValue: (speed: number) =>
    speed === Number.POSITIVE_INFINITY
      ? "max"
      : `${speed < 1 ? speed.toFixed(2) : speed.toFixed(speed % 1 === 0 ? 0 : 1)}×`,
  speedTitle: "Simulated seconds per second, to the right end as fast as possible; double-click for 1×",
  seed: "Seed",
  seedTitle: "Seed of the episode, as in env.reset(seed=…): Enter resets with it",
  policy: "Policy",
  policyTitle: "Off: no control, the body goes limp",
  // Hands
  tools: "What a press on the body does",
  tool: { drag: "Drag", push: "Push", hold: "Hold" } satisfies Record<HandTool, string>,
  toolTitle: {
    drag: "Drag the body with an elastic band",
    push: "A press on the body pushes it away from you",
    hold: "Drag, and leave the body pinned where you let go; press it again to take the pin out",
  } satisfies Record<HandTool, string>,
  hands: "Hands",
  stiffness: "Stiffness",
  stiffnessTitle: "How hard a drag pulls, for each metre of its band",
  stiffnessValue: (newtons: number) => `${Number(newtons.toPrecision(2)).toLocaleString("en")} N/m`,
  pinned: (bodies: readonly string[]) => `Pinned: ${bodies.join(", ")}`,
  unpin: "Let go",
  unpinTitle: "Take out every pin",
  randomPushes: "Random pushes",
  randomPushesTitle: "Pushes that come by themselves, the same for the same seed",
  randomRate: "Pushes",
  randomRateTitle: "Random pushes per minute of simulated time",
  randomRateValue: (perMinute: number) => `${perMinute} a minute`,
  randomImpulseTitle: "Impulse of each random push",
  handFelt: "Policy feels the hand",
  handFeltTitle: "On: your pull is a contact force in the observation. Off: the policy feels its effect alone",
  // What stands between the policy and its body
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
  autoReset: "Next episode by itself",
  autoResetTitle: "Two seconds after an episode ended, the next one begins with the next seed",
  backend: "Backend",
  backendName: { onnx: "ONNX", tfjs: "TF.js" } satisfies Record<Backend, string>,
  backendTitle: {
    onnx: "ONNX Runtime Web in float64: the reference, bit-equal with Python",
    tfjs: "TensorFlow.js in float32: close, and not bit-equal",
  } satisfies Record<Backend, string>,
  push: "Push",
  pushTitle: "Push the body away from you; arrow keys push in other directions",
  strength: "Strength",
  strengthValue: (impulse: number) => `${impulse < 10 ? impulse.toFixed(1) : Math.round(impulse)} N·s`,
  strengthTitle: "Impulse of a push",
  more: "More controls",

  // Timeline
  timeline: "Timeline: the last minute",
  timelineTitle: "The last minute of play: drag, or [ and ] for a second, to go back and play on from there",
  now: "Now",
  toNow: "Back to the newest moment",
  endKey: "End",
  moment: (ago: number, seed: number, step: number) =>
    `${ago > 0 ? `${ago.toFixed(2)} s ago` : "now"} · seed ${seed} · step ${step}`,

  // Keep
  keep: "Save and load",
  keepTitle: "Save the episode, a picture or a film; load a saved episode",
  saveRollout: "Save this episode",
  saveRolloutAbout: "Every number of it, for Python and for replay (.safetensors)",
  saveCsv: "Save as a table",
  saveCsvAbout: "State, action and reward of every step (.csv)",
  savePicture: "Save a picture",
  savePictureAbout: "What you see, at the screen's resolution (.png)",
  saveFilm: "Record a film",
  saveFilmAbout: "Until you stop it, a minute at most (.webm)",
  openRollout: "Replay a saved episode…",
  openRolloutAbout: "Or drop the file anywhere on this page",
  savedRollout: (steps: number, disturbed: boolean, bytes: number) =>
    `Saved ${steps} steps, ${sizeOf(bytes)}${disturbed ? ", with the forces of your hand" : ""}.`,
  filming: "Recording a film",
  filmed: (seconds: number, longest: number, bytes: number) =>
    `${Math.floor(seconds)} of ${longest} s · ${sizeOf(bytes)}`,
  stopFilm: "Stop and save",
  savedFilm: (bytes: number) => `Saved a film, ${sizeOf(bytes)}.`,
  noFilm: "This browser cannot record a film. Chrome, Edge, Firefox and Safari can, in their newer versions.",
  dropHere: "Drop to replay",
  replaying: (name: string) => `Replaying ${name}. Push or pull, and the policy takes over.`,
  replayed: (steps: number, equal: boolean, largest: string) =>
    equal
      ? `Replayed ${steps} steps: every state is the recorded one, to the last bit.`
      : `Replayed ${steps} steps: the states differ from the recorded ones by up to ${largest}. Another version of MuJoCo, or another processor, rounds differently.`,

  // HUD
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
  frames: "Pictures",
  fps: (fps: number) => `${fps} fps`,
  still: "still",
  lateness: "Lateness",
  latenessValue: (p50: string, p99: string) => `${p50} / ${p99} ms`,
  latenessTitle: "How late control steps begin: median / 99th percentile",
  slipped: "Slipped",
  slippedTitle: "Control steps given up because this machine could not keep pace; time slipped instead of bursting",
  stages: "Microseconds per control step",
  stage: { physics: "physics", observation: "observation", policy: "policy", rest: "rest" },
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
  observation: "Observation",
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
  unavailable: "–",

  // View
  view: "View",
  presets: "Look from",
  preset: { front: "Front", side: "Side", top: "Top", behind: "Behind" } satisfies Record<Preset, string>,
  presetTitle: {
    front: "Look at the body's front",
    side: "Look at the body's right side",
    top: "Look from above",
    behind: "Look from behind, and turn as the body turns",
  } satisfies Record<Preset, string>,
  overlays: "Show",
  overlay: {
    contacts: "Contact points",
    forces: "Contact forces",
    joints: "Joint axes",
    centreOfMass: "Centre of mass",
    torques: "Actuator torques",
  } satisfies Record<Overlay, string>,
  overlayTitle: {
    contacts: "A disc where the body touches something",
    forces: "An arrow for each contact's force, to scale, and the sum that each part feels in newtons",
    joints: "An arrow along the axis of each hinge or slide",
    centreOfMass: "A ball at the centre of mass, its plumb line and its trail",
    torques: "Each limb painted by how much of its actuator's limit is used",
  } satisfies Record<Overlay, string>,
  following: (body: string) => `Following ${body}`,
  followWhole: "Follow the whole body again",

  // Help
  help: "Keyboard and mouse",
  helpOpen: "Help",
  github: "Every number on this page is computed here, in your browser.",
  keys: [
    ["Space", "play or pause"],
    ["R", "reset to this seed (Shift+R: the next seed)"],
    ["P", "policy on or off"],
    ["← ↑ ↓ →", "push the body, as seen from the camera"],
    ["1 2 3", "what a press on the body does: drag, push, hold"],
    ["X", "pin what is dragged, or the whole body; again: let go"],
    [", .", "one control step back or forth"],
    ["[ ]", "a second back or forth"],
    ["Home End", "the oldest moment kept, the newest"],
    ["C", "camera back to its first angle"],
    ["4 5 6 7", "look from the front, the side, above, behind"],
    ["F", "follow the whole body again"],
    ["K N", "contact points, contact forces in newtons"],
    ["J M T", "joint axes, centre of mass, actuator torques"],
    ["H", "telemetry"],
    ["?", "this help"],
  ],
  gestures: [
    ["Drag a body", "pull it with an elastic band; with Hold, it stays where you leave it"],
    ["Double-click a body", "follow it; with a finger, tap it twice"],
    ["Drag the background", "turn the camera"],
    ["Wheel or pinch", "nearer or farther"],
    ["Touch", "one finger on a body pulls it, two fingers move the camera"],
  ],

  // Errors
  reload: "Reload",
  openDefault: "Open the default policy",
  tryAgain: "Try again",
  dismiss: "Dismiss",
  failedLoad: "This policy could not be opened",
  failedWorker: "The simulation stopped",
  noWebgl: "No picture: WebGL is missing",
  noWebglText:
    "This browser offers no WebGL, so nothing can be drawn. The simulation and its numbers work all the same. Turn hardware acceleration on, or open the page in another browser.",
  lostContext: "The graphics driver took the picture away; waiting to get it back. The simulation goes on.",
  nothingServed:
    "No bundle is served here. Convert a policy with: bbconvert pull cleanrl/Humanoid-v4, then: bbconvert play bundles/<name>",
  indexMissing: (status: string) =>
    `bundles/index.json, the list of what is served, could not be read (${status}). Start the page with: bbconvert play`,
  noAnswer: "the server does not answer",
  noList: "it is no list of bundles",
  badCamera: (camera: string) =>
    `"${camera}" is no place for the camera. The address may say: camera=-52,13,4 (degrees around, degrees up, distance).`,
  badOverlay: (name: string, known: string) => `There is nothing called "${name}" to show. There are: ${known}.`,
  badSeed: "A seed is a whole number from 0 up, as in env.reset(seed=7).",
  badBackend: (backend: string) =>
    `There is no backend "${backend}". The address may say: backend=onnx or backend=tfjs.`,
};

function sizeOf(bytes: number): string {
  return bytes < 1e6 ? `${Math.round(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
