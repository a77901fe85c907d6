/** `pose.onnx` in ONNX Runtime Web: a picture in, six numbers of a rotation out. */
import * as ort from "onnxruntime-web/wasm";
import { createSession } from "../policy/onnx/session";

export class PoseNetwork {
  private constructor(
    private readonly session: ort.InferenceSession,
    private readonly shape: readonly [number, number, number],
  ) {}

  static async load(model: ArrayBuffer, width: number, height: number): Promise<PoseNetwork> {
    let session: ort.InferenceSession;
    try {
      session = await createSession(new Uint8Array(model));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`pose.onnx cannot be read: it is truncated or no ONNX model. Pull the bundle again. (${reason})`);
    }
    if (!session.inputNames.includes("picture") || !session.outputNames.includes("rotation")) {
      throw new Error('pose.onnx needs the input "picture" and the output "rotation".');
    }
    return new PoseNetwork(session, [height, width, 3]);
  }

  /** Six float32 numbers for the pixels of a picture. */
  async numbers(pixels: Uint8Array): Promise<Float32Array> {
    const picture = new ort.Tensor("uint8", pixels, this.shape);
    const data = (await this.session.run({ picture }, ["rotation"])).rotation?.data;
    if (!(data instanceof Float32Array) || data.length !== 6) {
      throw new Error('pose.onnx\'s output "rotation" should be six float32 numbers.');
    }
    return data;
  }

  async dispose(): Promise<void> {
    await this.session.release();
  }
}
