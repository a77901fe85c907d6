/** The learner of each algorithm. */
import type { Manifest } from "../../generated/bundle";
import type { TrainingSettings } from "../../protocol";
import { ArsLearner } from "./ars";
import type { Beginning, Learner } from "./learner";
import { PpoLearner } from "./ppo";
import { SacLearner } from "./sac";

export function openLearner(manifest: Manifest, settings: TrainingSettings, from: Beginning | null): Learner {
  switch (settings.algorithm) {
    case "ars":
      return new ArsLearner(manifest, settings, from);
    case "ppo":
      return new PpoLearner(manifest, settings, from);
    case "sac":
      return new SacLearner(manifest, settings, from);
  }
}
