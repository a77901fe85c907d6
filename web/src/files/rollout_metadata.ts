/** What the metadata of a saved rollout say: that it is one, and where it belongs. docs/rollouts.md */
import type { Manifest } from "../generated/bundle";
import { clipped } from "./safetensors_header";

export const FORMAT = "bbconvert-rollout";
export const VERSION = "1";

/** What to do about a file that cannot be replayed. */
export const ROLLOUT_ADVICE = "Choose a .safetensors file that this page saved.";

/** Raises, in words, where a file with this metadata is not one of these, or was recorded in another environment. */
export function checkMetadata(metadata: ReadonlyMap<string, string>, name: string, manifest: Manifest): void {
  const said = (key: string): string => clipped(metadata.get(key) ?? "");
  if (said("format") !== FORMAT) {
    throw new Error(`${name} is a safetensors file, but no rollout of this page. ${ROLLOUT_ADVICE}`);
  }
  if (said("version") !== VERSION) {
    throw new Error(
      `${name} is a rollout of version ${said("version") || "?"}; this page reads version ${VERSION}. Update bbconvert.`,
    );
  }
  const [recorded, dt, bundle] = [said("env_id") || "an unnamed environment", said("dt") || "?", said("bundle")];
  const { env } = manifest;
  const here = env.timestep * env.frame_skip;
  if (recorded === env.id && Number(dt) === here) return;
  throw new Error(
    `${name} was recorded in ${recorded} at ${dt} s a step with ${bundle || "an unnamed bundle"}; what plays here is ` +
      `${env.id} at ${here} s. Open ${bundle || "its bundle"}, or another bundle of ${recorded}, and drop the file there.`,
  );
}
