/** Everything that passes between the page and its worker; see `messages.ts`. */
export * from "./benchmark";
export * from "./bundle_files";
export * from "./fatal_error";
export * from "./frame";
export * from "./messages";
export * from "./metrics";
export * from "./perturbation";
export * from "./play_state";
export * from "./saved_moment";
export * from "./scene_description";
export * from "./settings";
export * from "./sight";
export * from "./swarm";
export * from "./timeline";
export * from "./training";
