/** What this browser keeps between visits, in IndexedDB: bundles that were trained here, and checkpoints of trainings. */
import { createStore, del, get, set, type UseStore } from "idb-keyval";

/** The scheme of a bundle that this browser keeps, in addresses and before its name. */
export const TAB = "tab:";

const FOLDER = `${TAB}//here/`;

export type StoredFiles = ReadonlyMap<string, Uint8Array>;

let opened: UseStore | null = null;

/** Opened when it is first used: where nothing may be kept, only that fails. */
function store(): UseStore {
  opened ??= createStore("bbconvert", "kept");
  return opened;
}

/** The absolute URL of the folder of a bundle that is kept under this name. */
export function storedBase(name: string): string {
  return `${FOLDER}${encodeURIComponent(name)}/`;
}

export function isStored(base: string): boolean {
  return base.startsWith(FOLDER);
}

export async function keepBundle(name: string, files: StoredFiles): Promise<void> {
  await set(`bundle/${name}`, files, store());
}

/** Reads the files of a kept bundle. Raises where this browser has none of that name. */
export function readStored(base: string): (path: string) => Promise<ArrayBuffer> {
  const name = decodeURIComponent(base.slice(FOLDER.length).replace(/\/$/, ""));
  let files: Promise<StoredFiles | undefined> | null = null;
  return async (path) => {
    files ??= get<StoredFiles>(`bundle/${name}`, store());
    const kept = await files;
    if (kept === undefined)
      throw new Error(
        `This browser keeps no bundle "${name}": it was trained in another one, or its data was cleared.`,
      );
    const file = kept.get(path);
    if (file === undefined) throw new Error(`The bundle "${name}" has no ${path}.`);
    return file.slice().buffer;
  };
}

export async function keepCheckpoint(key: string, checkpoint: unknown): Promise<void> {
  await set(`checkpoint/${key}`, checkpoint, store());
}

export async function readCheckpoint(key: string): Promise<unknown> {
  return await get(`checkpoint/${key}`, store());
}

export async function dropCheckpoint(key: string): Promise<void> {
  await del(`checkpoint/${key}`, store());
}
