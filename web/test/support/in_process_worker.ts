/** The worker's server under Node, behind the channel that a page has to its worker. */
import type { Channel } from "../../src/player/client";
import type { FromWorker, ToWorker } from "../../src/protocol";
import { Server } from "../../src/worker/server";
import { DEFAULT_BUNDLE, nodeEngine, readFrom, withFiles, withSpareNode } from "./node";

/** A worker in this thread: messages are cloned and delivered later, as between threads. */
export class InProcessWorker implements Channel {
  onmessage: ((event: MessageEvent<FromWorker>) => void) | null = null;
  onerror: ((event: globalThis.ErrorEvent) => void) | null = null;
  onmessageerror: ((event: MessageEvent) => void) | null = null;
  readonly server = new Server(
    nodeEngine(),
    false,
    (message, transfer = []) => {
      const data = structuredClone(message, { transfer });
      queueMicrotask(() => this.onmessage?.({ data } as MessageEvent<FromWorker>));
    },
    (base) => {
      const intact = readFrom(DEFAULT_BUNDLE);
      if (base.endsWith("/other-graph/"))
        return async (path) => (path === "policy.onnx" ? withSpareNode(await intact(path)) : await intact(path));
      if (base.endsWith("/cut/")) return withFiles(intact, { "policy.onnx": new ArrayBuffer(100) });
      return intact;
    },
  );

  postMessage(message: ToWorker, transfer: Transferable[]): void {
    this.server.receive(structuredClone(message, { transfer }));
  }

  terminate(): void {
    this.server.close();
  }
}
