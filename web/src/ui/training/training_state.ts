/** What the training page shows: signals that its panels read. */
import { computed, signal } from "@preact/signals";
import type { Descent } from "../../player/population";
import {
  DEFAULT_TRAINING,
  type TrainedBundle,
  type TrainingBody,
  type TrainingProgress,
  type TrainingSettings,
} from "../../protocol";
import type { Names } from "../../rewards/reward_language";
import type { Measured, Proposal } from "../../rewards/reward_question";

/** A body that can be chosen: one without a policy, or that of a bundle. */
export interface Choice {
  readonly kind: "body" | "bundle";
  readonly name: string;
  readonly title: string;
}

export type Phase = "loading" | "ready" | "training" | "paused" | "done";

/** One of those that learn side by side. */
export interface MemberView {
  readonly name: string;
  readonly settings: TrainingSettings;
  readonly progress: TrainingProgress;
  /** Control steps and mean return of each evaluation. */
  readonly curve: readonly (readonly [steps: number, mean: number])[];
}

/** Episodes of the finished bundle, as `bbconvert evaluate` plays them. */
export interface Tested {
  readonly seeds: number;
  readonly mean: number;
  readonly std: number;
  /** Episodes that lasted to the step limit. */
  readonly whole: number;
}

export const choices = signal<readonly Choice[]>([]);
export const choice = signal<Choice | null>(null);
export const body = signal<TrainingBody | null>(null);
export const names = signal<Names | null>(null);
export const phase = signal<Phase>("loading");
export const settings = signal<TrainingSettings>(DEFAULT_TRAINING);
/** How many variants compete. */
export const variants = signal(1);
export const workers = signal(1);
export const members = signal<readonly MemberView[]>([]);
export const descents = signal<readonly Descent[]>([]);
/** Control steps a second, of everything that learns. */
export const rate = signal(0);
export const result = signal<TrainedBundle | null>(null);
export const tested = signal<Tested | null>(null);
/** A checkpoint that a closed tab left, of the chosen body: its control steps. */
export const left = signal<number | null>(null);
export const proposals = signal<readonly Proposal[]>([]);
/** What came of rewards that were tried, for the next question. */
export const measured = computed<readonly Measured[]>(() =>
  members.value
    .filter(({ curve }) => curve.length > 0)
    .map(({ name, settings, curve }) => ({
      title: name,
      terms: settings.reward ?? body.value?.manifest.env.reward ?? [],
      curve,
    })),
);

export const busy = computed(() => phase.value === "training" || phase.value === "loading");
export const steps = computed(() => members.value.reduce((sum, { progress }) => sum + progress.steps, 0));
export const budget = computed(() => settings.value.budget * Math.max(1, members.value.length));
/** The reward that is learned. */
export const reward = computed(() => settings.value.reward ?? body.value?.manifest.env.reward ?? []);
