import { beforeEach, describe, expect, it } from "vitest";
import type { Channel } from "../../src/player/client";
import { Verification } from "../../src/player/verification";
import type { BundleFiles, Check, FromWorker, ToWorker } from "../../src/protocol";

/** A worker that answers when the test says so. */
class Stand implements Channel {
  onmessage: Channel["onmessage"] = null;
  onerror: Channel["onerror"] = null;
  onmessageerror: Channel["onmessageerror"] = null;
  readonly asked: ToWorker[] = [];
  ended = false;

  postMessage(message: ToWorker): void {
    this.asked.push(message);
  }

  terminate(): void {
    this.ended = true;
  }

  say(data: FromWorker): void {
    this.onmessage?.({ data } as MessageEvent<FromWorker>);
  }
}

const request = { type: "verify", bundle: {} as BundleFiles } as const;
const checks: readonly Check[] = [];
const answer: FromWorker = { type: "reply", id: 1, to: "verify", value: checks };
let workers: Stand[];
let progress: (number | null)[];
let verification: Verification;

beforeEach(() => {
  workers = [];
  progress = [];
  verification = new Verification(
    () => {
      const worker = new Stand();
      workers.push(worker);
      return worker;
    },
    ({ fraction }) => progress.push(fraction),
  );
});

describe("the verification", () => {
  it("has a worker of its own, whose progress is told and which ends with it", async () => {
    const [one, other] = [verification.run(request), verification.run(request)];
    expect(workers).toHaveLength(1);
    const [worker] = workers as [Stand];
    expect(worker.asked).toEqual([{ ...request, id: 1 }]);
    worker.say({ type: "progress", stage: "Reading", fraction: 0.5 });
    worker.say(answer);
    expect(await one).toBe(checks);
    expect(await other).toBe(checks);
    expect(progress).toEqual([0.5]);
    expect(worker.ended).toBe(true);
    const again = verification.run(request);
    expect(workers).toHaveLength(2);
    workers[1]?.say(answer);
    expect(await again).toBe(checks);
  });

  it("stops where another bundle is loaded, and begins anew for that one", async () => {
    const stopped = verification.run(request);
    verification.stop();
    await expect(stopped).rejects.toThrow("The verification was stopped: another bundle was loaded.");
    expect(workers[0]?.ended).toBe(true);
    const next = verification.run(request);
    workers[1]?.say(answer);
    expect(await next).toBe(checks);
    expect(workers[1]?.ended).toBe(true);
  });

  it("ends a worker that failed", async () => {
    const failed = verification.run(request);
    workers[0]?.say({ type: "failure", id: 1, message: "There is no golden.safetensors." });
    await expect(failed).rejects.toThrow("There is no golden.safetensors.");
    expect(workers[0]?.ended).toBe(true);
  });
});
