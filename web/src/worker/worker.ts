/** The worker's entry: wires the simulation to the protocol. Every request is answered, every failure is a message. */
import mujocoWasm from "@mujoco/mujoco/mujoco.wasm?url";
import onnxWasm from "onnxruntime-web/ort-wasm-simd-threaded.wasm?url";
import { type FromWorker, fatalError, type ToWorker } from "../protocol";
import { loadEngine } from "./physics/engine";
import { setOnnxWasm } from "./policy/onnx/wasm_source";
import { Server } from "./server";

/** A dedicated worker's global scope, as far as it is used here. */
interface Scope {
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  postMessage(message: FromWorker, transfer: Transferable[]): void;
  addEventListener(type: "unhandledrejection", listener: (event: PromiseRejectionEvent) => void): void;
  readonly crossOriginIsolated: boolean;
}

const scope = self as unknown as Scope;

const absolute = (url: string): string => new URL(url, import.meta.url).href;
setOnnxWasm({ url: absolute(onnxWasm) });

const server = new Server(
  // Starts at once, while the page still reads the bundle.
  loadEngine({ url: absolute(mujocoWasm) }),
  scope.crossOriginIsolated,
  (message, transfer = []) => scope.postMessage(message, transfer),
);

scope.onmessage = ({ data }) => server.receive(data);
scope.addEventListener("unhandledrejection", (event) => {
  const reason: unknown = event.reason;
  const message = reason instanceof Error ? reason.message : String(reason);
  scope.postMessage(fatalError(message), []);
});
