/** A saved rollout as a person brings it: a file, of which no more is read than it takes to refuse it. */
import type { Manifest } from "../generated/bundle";
import { MAX_ROLLOUT_BYTES, sizeInWords } from "./limits";
import { checkMetadata, ROLLOUT_ADVICE } from "./rollout_metadata";
import { PREFIX_BYTES, readHeader, readHeaderLength } from "./safetensors_header";

/** A `File`, as far as it is read. */
export interface SizedFile extends Pick<Blob, "size" | "arrayBuffer"> {
  readonly name: string;
  slice(begin: number, end: number): Pick<Blob, "arrayBuffer">;
}

/**
 * The bytes of a rollout that `manifest`'s bundle may replay. The size is looked at first, then the header; the rest is read
 * where both are those of such a file. Raises in words.
 */
export async function openRollout(file: SizedFile, manifest: Manifest): Promise<ArrayBuffer> {
  const { name, size } = file;
  if (size > MAX_ROLLOUT_BYTES) {
    throw new Error(
      `${name} has ${sizeInWords(size)}; a saved episode has at most ${sizeInWords(MAX_ROLLOUT_BYTES)}. ${ROLLOUT_ADVICE}`,
    );
  }
  const labels = { name, advice: ROLLOUT_ADVICE };
  const prefix = await contentOf(file.slice(0, PREFIX_BYTES + 1), name);
  const length = readHeaderLength(new Uint8Array(prefix), size, labels);
  const header = await contentOf(file.slice(PREFIX_BYTES, PREFIX_BYTES + length), name);
  checkMetadata(readHeader(new Uint8Array(header), size, labels).metadata, name, manifest);
  return await contentOf(file, name);
}

/** A folder can be dropped too, and a file can go while it is read. */
async function contentOf(part: Pick<Blob, "arrayBuffer">, name: string): Promise<ArrayBuffer> {
  try {
    return await part.arrayBuffer();
  } catch (error) {
    const reason = error instanceof Error ? error.name : String(error);
    throw new Error(
      `${name} could not be read (${reason}): it is a folder, or it was changed or moved since it was chosen. ` +
        "Choose the file again.",
    );
  }
}
