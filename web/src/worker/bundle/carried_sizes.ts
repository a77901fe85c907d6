/** How many numbers go from one control step to the next beside the physics and the command. */
import type { Manifest } from "../../generated/bundle";

/** Of a recurrent network; 0 of any other. */
export function recurrentSize({ network }: Manifest): number {
  const { recurrent = null } = network;
  return recurrent === null ? 0 : (recurrent.layers ?? 1) * recurrent.hidden * (recurrent.kind === "lstm" ? 2 : 1);
}

/** Of a robot's loop: the phase of the stride that its command drives. */
export function strideSize({ observation }: Manifest): number {
  return observation.stride ? 1 : 0;
}

/** Of a robot's loop: the phase of its stride, and the observations of a history. */
export function loopSize(manifest: Manifest): number {
  const { history, size } = manifest.observation;
  return strideSize(manifest) + (history ? size : 0);
}
