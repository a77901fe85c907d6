/** Plays what was learned on the seeds of `bbconvert evaluate --episodes 100 --seed 0`. */
import type { Channel } from "../../player/client";
import { SwarmPool } from "../../player/swarm";
import type { TrainedBundle, TrainingBody } from "../../protocol";
import type { Tested } from "./training_state";

const SEEDS = Array.from({ length: 100 }, (_, seed) => seed);

/** Null where an episode may never end. */
export async function testBundle(
  startWorker: () => Channel,
  { manifest, files }: TrainedBundle,
  { xml, assets }: TrainingBody,
  workers: number,
): Promise<Tested | null> {
  const policy = files.get("policy.onnx");
  if (policy === undefined || manifest.env.max_episode_steps == null) return null;
  const episodes = await SwarmPool.episodes(startWorker, {
    bundle: { base: "", manifest, xml, assets, policy: policy.slice().buffer },
    seeds: SEEDS,
    settings: { policy: true, level: null, speed: 1, randomPushes: null, command: [] },
    workers,
  });
  const returns = episodes.map(({ episodeReturn }) => episodeReturn);
  const mean = returns.reduce((sum, each) => sum + each, 0) / returns.length;
  return {
    seeds: returns.length,
    mean,
    std: Math.sqrt(returns.reduce((sum, each) => sum + (each - mean) ** 2, 0) / returns.length),
    whole: episodes.filter(({ terminated }) => !terminated).length,
  };
}
