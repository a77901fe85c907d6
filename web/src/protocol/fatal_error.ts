/** Failures after which a worker is of no more use: its WASM memory is full, or was left in the middle of something. */
import type { ErrorEvent } from "./messages";

/** Whether WASM code trapped or aborted: whatever it was changing is half changed. */
export function isFatal(error: unknown): boolean {
  return error instanceof WebAssembly.RuntimeError;
}

/** What the page is told: the worker is lost, and why. */
export function fatalError(reason: string): ErrorEvent {
  const cause = reason.trim().replace(/^Uncaught (Error: )?|\.$/g, "");
  return { type: "error", message: `The simulation stopped: ${cause}. Restart it or reload the page.`, fatal: true };
}
