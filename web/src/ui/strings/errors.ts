/** What goes wrong, and what to do. */
export const errors = {
  reload: "Reload",
  openDefault: "Open the default policy",
  tryAgain: "Try again",
  dismiss: "Dismiss",
  failedLoad: "This policy could not be opened",
  failedWorker: "The simulation stopped",
  failedRestart: "The simulation could not be started again",
  restart: "Restart",
  restartAbout: "Restart keeps what you set, and goes on paused in the last state you saw.",
  restarted: "A new simulation is running. It is paused in the last state you saw: press play to go on.",
  silent: (seconds: number) => `The simulation has not answered for ${seconds}\u00a0s.`,
  silentAbout:
    "It may be stuck. If you stop it, a new one takes over: same settings, paused in the last state you saw.",
  silentLoading: "It may be stuck on this bundle. If you stop it, you can open another policy.",
  stopIt: "Stop it",
  wait: "Wait",
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
    `"${camera}" is no place for the camera. The address may say: camera=-52,13,4 (degrees around, degrees up, distance) or camera=behind,20,4.`,
  badFollow: (name: string) => `There is no body "${name}" to follow. Double-click the one that is meant.`,
  badOverlay: (name: string, known: string) => `There is nothing called "${name}" to show. There are: ${known}.`,
  badTool: (name: string, known: string) => `There is no tool "${name}". There are: ${known}.`,
  badPanel: (name: string, known: string) => `There is no panel "${name}" to open. There are: ${known}, none.`,
  badPin: (pin: string) =>
    `"${pin}" is no pin. The address may say: pin=torso, pin=torso,0,0,1.4 (where, metres) or six numbers (where in the world, where on the body).`,
  badSeed: "A seed is a whole number from 0 up, as in env.reset(seed=7).",
  badBackend: (backend: string) =>
    `There is no backend "${backend}". The address may say: backend=onnx or backend=tfjs.`,
};
