/** What goes wrong, and what to do. */
import { BACKENDS } from "../../protocol";

export const notices = {
  reload: "Reload",
  openDefault: "Open the default policy",
  tryAgain: "Try again",
  dismiss: "Dismiss",
  failedLoad: "This policy could not be opened",
  failedWorker: "The simulation stopped",
  failedRestart: "The simulation could not be started again",
  restart: "Restart",
  restartAbout: "Restart keeps your settings and continues, paused, from the last state you saw.",
  restarted: "A new simulation is ready, paused in the last state you saw. Press play to continue.",
  silent: (seconds: number) => `The simulation has not answered for ${seconds}\u00a0s.`,
  silentAbout:
    "It may be stuck. If you stop it, a new one takes over: same settings, paused in the last state you saw.",
  silentLoading: "It may be stuck on this bundle. If you stop it, you can open another policy.",
  stopIt: "Stop it",
  wait: "Wait",
  noWebgl: "Nothing can be drawn: WebGL is missing",
  noWebglText:
    "This browser has no WebGL. The simulation and its numbers work all the same. Turn hardware acceleration on, or open the page in another browser.",
  lostContext: "The graphics driver lost the picture and is restoring it. The simulation goes on.",
  nothingServed:
    "No bundle is served here. Convert a policy with: bbconvert pull cleanrl/Humanoid-v4, then: bbconvert play bundles/<name>",
  indexMissing: (status: string) =>
    `bundles/index.json, the list of what is served, could not be read (${status}). Start the page with: bbconvert play`,
  noAnswer: "the server does not answer",
  noList: "it is not a list of bundles",
  badCamera: (camera: string) =>
    `"${camera}" is not a camera position. The address may say: camera=-52,13,4 (degrees around, degrees up, distance) or camera=behind,20,4.`,
  badFollow: (name: string) => `There is no body "${name}" to follow. Double-click the body to follow.`,
  badOverlay: (name: string, known: string) => `There is no overlay "${name}". There are: ${known}.`,
  badTool: (name: string, known: string) => `There is no tool "${name}". There are: ${known}.`,
  badPanel: (name: string, known: string) => `There is no panel "${name}" to open. There are: ${known}, none.`,
  badPin: (pin: string) =>
    `"${pin}" is not a pin. The address may say: pin=torso, pin=torso,0,0,1.4 (where, metres) or six numbers (where in the world, where on the body).`,
  badSeed: "A seed is a whole number from 0 up, as in env.reset(seed=7).",
  badBackend: (backend: string) =>
    `"${backend}" is not a backend. Write one of these into the address: ${BACKENDS.map((known) => `backend=${known}`).join(", ")}.`,
};
