/** What plays, and where it came from. */
export const heading = {
  chooser: "Policy to play",
  revision: (revision: string) => `revision ${revision.slice(0, 7)}`,
  sourceTitle: (repository: string, revision: string | null) =>
    `Open ${repository}${revision ? ` at ${revision}` : ""} on the Hugging Face Hub (new tab)`,
  localFile: (filename: string) => `from ${filename}`,
  trainedHere: (algorithm: string) => `trained in a browser tab with ${algorithm}`,
  fallsInTab: (seconds: string) => `Falls after about ${seconds} s.`,
  trainOne: "Train a policy in the tab",
  rate: (hz: string) => `${hz} Hz policy`,
  rateTitle: (dt: string) => `One action every ${dt} ms of simulated time: the step it was trained at, never another`,
  sizes: (observation: number, action: number) =>
    `${observation} observations → ${action} ${action === 1 ? "action" : "actions"}`,
  falls: (seconds: string) => `Falls after about ${seconds} s in Python too: a faithful port, not a bug.`,
  published: (mean: string, std: string | null) => `published return ${mean}${std ? ` ± ${std}` : ""}`,
};
