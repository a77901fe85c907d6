/** The body of a fetched file, of which no more is read than the file may have. */
import { sizeInWords } from "./limits";

/**
 * The bytes of `response`; `path` is what messages call the file.
 *
 * Raises in words where the server announces more than `limit` bytes, or sends more whatever it announces (a compressed
 * body may be small and its content large), or stops in the middle.
 */
export async function readBody(response: Response, path: string, limit: number): Promise<ArrayBuffer> {
  const announced = Number(response.headers.get("Content-Length") ?? 0);
  if (announced > limit) {
    await response.body?.cancel();
    throw tooLarge(path, sizeInWords(announced), limit);
  }
  const chunks: Uint8Array[] = [];
  let total = 0;
  for (const reader = response.body?.getReader(); reader; ) {
    const { done, value } = await reader.read().catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(
        `${path} was cut off after ${sizeInWords(total)} (${reason}). Reload the page to fetch it again.`,
      );
    });
    if (done) break;
    total += value.length;
    if (total > limit) {
      await reader.cancel();
      throw tooLarge(path, `more than ${sizeInWords(limit)}`, limit);
    }
    chunks.push(value);
  }
  if (chunks.length === 1 && chunks[0]?.byteLength === chunks[0]?.buffer.byteLength)
    return chunks[0]?.buffer as ArrayBuffer;
  const whole = new Uint8Array(total);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole.buffer;
}

function tooLarge(path: string, size: string, limit: number): Error {
  return new Error(
    `${path} has ${size}; this page reads at most ${sizeInWords(limit)} of such a file. Pull or convert the bundle again; ` +
      "if it is as large as that, it cannot be played in a browser tab.",
  );
}
