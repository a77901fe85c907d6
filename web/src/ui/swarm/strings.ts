/** Many bodies at once. */
export const swarm = {
  swarmTitle: "Swarm",
  swarmHint:
    "Many bodies play the same policy, each from a seed of its own. Click one to follow it: then it is the one you pull and push.",
  swarmBodies: "Bodies",
  swarmBodiesTitle: "How many bodies play; 1: this one alone",
  swarmBodiesValue: (bodies: number) => (bodies === 1 ? "this one" : bodies.toLocaleString("en")),
  swarmLayout: "Shown",
  swarmGrid: "in a grid",
  swarmOverlaid: "overlaid",
  swarmWorkers: "Workers",
  swarmWorkersTitle: "Threads that share the bodies: no result depends on their number",
  swarmPush: "Push all",
  swarmPushTitle: "Gives every body a push away from you",
  swarmAgain: "Begin again",
  swarmAgainTitle: "Every body begins anew, from this seed on",
  swarmFigures: (factor: string, rate: string) => `${factor} of real time · ${rate} control steps a second`,
  swarmEpisodes: (ended: number, aMinute: string) =>
    `${ended.toLocaleString("en")} episodes ended, ${aMinute} a minute`,
  swarmReturn: (mean: string, std: string) => `return ${mean} ± ${std}`,
  survivalTitle: "Share of bodies that are still up, against seconds since their reset",
  returnsTitle: "Returns of the last episodes",
  survival: "Still up",
  returns: "Returns",
  swarmLost: (reason: string) => `A worker of the swarm was lost (${reason}). Its bodies begin anew in the others.`,
  swarmEnded: (reason: string) => `The swarm ended: its only worker was lost (${reason}).`,
  badSwarm: (most: number) => `swarm= takes a number of bodies from 1 to ${most}. This one plays alone.`,
};
