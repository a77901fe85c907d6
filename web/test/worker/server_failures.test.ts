import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SimulationClient, type SimulationEvent } from "../../src/player/client";
import type { Backend, Command } from "../../src/protocol";
import { InProcessWorker } from "../support/in_process_worker";
import { playedBundle } from "../support/node";

let worker: InProcessWorker;
let client: SimulationClient;
let events: SimulationEvent[];

beforeEach(() => {
  worker = new InProcessWorker();
  events = [];
  client = new SimulationClient(
    () => worker,
    (event) => events.push(event),
  );
});
afterEach(() => client.terminate());

const load = (name = "default", backend: Backend = "kernel") =>
  client.request({ type: "load", base: `https://example.org/bundles/${name}/`, seed: 7, backend });

/** Not for ever: the test's own limit ends it. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve));
}

const states = () => events.filter((event) => event.type === "state").map((event) => event.state);

describe("what goes wrong", () => {
  it("fails in words before a bundle is loaded", async () => {
    await expect(client.request({ type: "play" })).rejects.toThrow(/No bundle is loaded/);
  });

  it("leaves the bundle that plays alone when the next one cannot be loaded", async () => {
    await load();
    await client.request({ type: "step", n: 3 });
    await expect(load("cut")).rejects.toThrow(/policy\.onnx cannot be read/);
    expect(await client.request({ type: "snapshot" })).toMatchObject({ step: 3, seed: 7 });
    expect((await client.request({ type: "step", n: 1 })).step).toBe(4);
  });

  it.each<[Command, RegExp]>([
    [{ type: "grab", body: "nose", point: [0, 0, 0], target: [0, 0, 0] }, /no body "nose"/],
    [{ type: "push", body: "torso", impulse: [Number.NaN, 0, 0] }, /three finite numbers/],
    [{ type: "set", change: { speed: -1 } }, /factor above 0/],
    [{ type: "step", n: -1 }, /non-negative/],
    [{ type: "reset", seed: -3 }, /non-negative integer/],
    [{ type: "moveGrab", target: [0, 0, 0] }, /Nothing is held/],
  ])("refuses %o and goes on", async (command, message) => {
    await load();
    await expect(client.request(command)).rejects.toThrow(message);
    expect((await client.request({ type: "step", n: 1 })).step).toBe(1);
  });

  it("is fatal where the engine's own code trapped, and said", async () => {
    await load();
    const { simulation } = await playedBundle(0);
    const step = vi.spyOn(Object.getPrototypeOf(simulation), "step");
    step.mockRejectedValue(new WebAssembly.RuntimeError("memory access out of bounds"));
    simulation.dispose();
    try {
      await expect(client.request({ type: "step", n: 1 })).rejects.toThrow("memory access out of bounds");
      await until(() => events.at(-1)?.type === "error");
      expect(events.at(-1)).toMatchObject({
        fatal: true,
        message: expect.stringMatching(/stopped: memory.*Restart it/),
      });
      await expect(client.request({ type: "snapshot" })).rejects.toThrow(/memory access out of bounds/);
    } finally {
      step.mockRestore();
    }
  });

  it("goes on in another worker, after a restart, where the last frame was", async () => {
    await load();
    const before = await client.request({ type: "step", n: 30 });
    const frame = events.findLast((event) => event.type === "frame");
    const waiting = client.request({ type: "step", n: 5 });
    const stopped = expect(waiting).rejects.toThrow("The simulation was stopped before it answered.");
    const old = worker;
    worker = new InProcessWorker();
    client.restart();
    await stopped;
    expect(old.onmessage).toBeNull();
    await load();
    if (frame === undefined) throw new Error("no frame was sent");
    const after = await client.request({ type: "resume", moment: frame.moment });
    expect(after).toEqual(before);
    expect(states().at(-1)).toMatchObject({ playing: false, seed: 7 });
    expect((await client.request({ type: "step", n: 1 })).step).toBe(31);
  });

  it("tells a silence of ten beats, and that it is over", async () => {
    await load();
    const silent = vi.spyOn(worker.server, "receive").mockImplementation(() => undefined);
    for (let beat = 0; beat <= 10; beat++) client.beat(1000 * beat, true);
    expect(events.at(-1)).toEqual({
      type: "error",
      message: "The simulation has not answered for 10 s.",
      fatal: false,
      silent: 10,
    });
    silent.mockRestore();
    client.beat(11_000, true);
    await until(() => events.at(-1)?.type === "alive");
  });

  it("fails what is waiting, and tells the page, when the worker crashes", async () => {
    const waiting = load();
    worker.onerror?.({ message: "out of memory" } as globalThis.ErrorEvent);
    await expect(waiting).rejects.toThrow(/stopped: out of memory\. Restart it or reload the page\./);
    await expect(client.request({ type: "snapshot" })).rejects.toThrow(/out of memory/);
    expect(events.at(-1)).toMatchObject({ type: "error", fatal: true });
  });
});
