/** The README.md of a bundle that was trained in the tab. */
import type { Manifest } from "../../generated/bundle";
import type { TrainingSettings } from "../../protocol";

export function trainedReadme({ title, env, training, parity }: Manifest, settings: TrainingSettings): string {
  const returns = parity?.episodes?.returns ?? [];
  const mean = returns.reduce((sum, value) => sum + value, 0) / returns.length;
  const reward = settings.reward === null ? "the environment's own reward" : "a reward of its own (bundle.json)";
  return `---
library_name: bbconvert
pipeline_tag: reinforcement-learning
tags: [${JSON.stringify(env.id)}, deep-reinforcement-learning, onnx, mujoco]
---

# ${title}

A policy for \`${env.id}\`, trained in a browser tab with ${settings.algorithm.toUpperCase()}, seed ${settings.seed}, ${training?.steps.toLocaleString("en")}
control steps, on ${reward}. All settings and the curve are in \`bundle.json\`.

${returns.length} episodes without exploration, seeds 0 to ${returns.length - 1}: mean return ${mean.toFixed(1)} by the environment's own reward.

Play it in a browser: \`bbconvert play .\`, check it: \`bbconvert verify .\`
`;
}
