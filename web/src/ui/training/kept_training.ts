/** The training of a body that this browser keeps, so that a closed tab goes on. */
import { dropCheckpoint, keepCheckpoint, readCheckpoint } from "../../files/stored";
import type { PopulationState } from "../../player/population";
import type { TrainingSettings } from "../../protocol";
import type { Choice } from "./training_state";

export interface Kept {
  readonly version: 1;
  readonly settings: TrainingSettings;
  readonly population: PopulationState;
}

function keyOf({ kind, name }: Choice): string {
  return `${kind}/${name}`;
}

/** Rejects where the browser keeps nothing. */
export async function keepTraining(
  choice: Choice,
  settings: TrainingSettings,
  population: PopulationState,
): Promise<void> {
  const kept: Kept = { version: 1, settings, population };
  await keepCheckpoint(keyOf(choice), kept);
}

/** Null where there is none, or the browser keeps nothing. */
export async function keptTraining(choice: Choice | null): Promise<Kept | null> {
  if (choice === null) return null;
  try {
    const kept = (await readCheckpoint(keyOf(choice))) as Kept | undefined;
    return kept?.version === 1 ? kept : null;
  } catch {
    return null;
  }
}

export async function dropTraining(choice: Choice | null): Promise<void> {
  if (choice !== null) await dropCheckpoint(keyOf(choice)).catch(() => undefined);
}
