import type { Manifest } from "../../generated/bundle";

/** Numbers that a recurrent network carries from one step to the next; 0 of any other. */
export function recurrentSize({ network }: Manifest): number {
  const { recurrent = null } = network;
  return recurrent === null ? 0 : recurrent.hidden * (recurrent.kind === "lstm" ? 2 : 1);
}
