/** Several policies side by side. */
export const compare = {
  compareTitle: "Side by side",
  compareHint: "Other policies play the same seed beside this one, under the same pushes; all begin anew together.",
  compareAdd: "Add another policy",
  compareChoose: "Add…",
  compareOff: (title: string) => `${title}, policy off`,
  compareRemove: (title: string) => `Take ${title} away`,
  compareGhosts: "As ghosts",
  compareGhostsTitle: "Draws the others over this body, translucent",
  compareStands: (seconds: string) => `${seconds} s`,
  compareFell: (seconds: string) => `ended after ${seconds} s`,
  compareReturn: "return",
  compareDisagree: "Where they disagree most",
  compareDisagreeTitle:
    "Mean difference of each action over the last seconds, as a share of its range, both policies asked where this body is",
  compareFull: (most: number) => `At most ${most} policies play side by side.`,
  compareFailed: (name: string, reason: string) => `${name} cannot play beside this one: ${reason}`,
};
