/** The stages of a policy's training. */
export const learning = {
  learningTitle: "Training",
  learningHint: "The policy as it was at moments of its training. Slide while it plays.",
  learningStage: "Stage",
  learningStageTitle: "From the first weights to the policy that came of them",
  learningSteps: (steps: number) => `${steps.toLocaleString("en")} steps`,
  learningCurve: "Mean return of the training's episodes against its control steps; the mark is the stage that plays",
  disturbedByStage: "an earlier stage",
};
