/** MuJoCo's WASM module: loaded once per worker, shared by every model. */
import loadMujoco, { type MainModule, type MjModel } from "@mujoco/mujoco";

export type Engine = MainModule;

/** Where the binary comes from: a URL (in the browser, so that it compiles while it streams), or its bytes (under Node). */
export type WasmSource = { readonly url: string } | { readonly bytes: Uint8Array };

export async function loadEngine(wasm: WasmSource): Promise<Engine> {
  return await loadMujoco("url" in wasm ? { locateFile: () => wasm.url } : { wasmBinary: wasm.bytes });
}

/** What an exception of the engine says, without its prefix and its stack. */
export function engineMessage(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^MuJoCo Error:\s*/, "").trim();
}

/**
 * Compiles an MJCF document; `assets` are the files it refers to, by their relative path.
 *
 * Raises with MuJoCo's own sentence where the document is not a model. The caller deletes the model.
 */
export function compileModel(engine: Engine, xml: string, assets: ReadonlyMap<string, Uint8Array>): MjModel {
  try {
    if (assets.size === 0) return engine.MjModel.from_xml_string(xml);
    const scene = `${folderOf(engine, assets)}/scene.xml`;
    engine.FS.writeFile(scene, xml);
    return engine.MjModel.from_xml_path(scene);
  } catch (error) {
    throw new Error(`MuJoCo cannot compile scene.xml: ${engineMessage(error)}`);
  }
}

interface Folder {
  readonly engine: Engine;
  readonly assets: ReadonlyMap<string, Uint8Array>;
  readonly path: string;
}

/** Sets of assets that stay in the engine's file system: of what plays, and of what is about to. */
const KEPT = 2;
/** The newest last. MuJoCo keeps a mesh by its path, so no path is used for two of them. */
const folders: Folder[] = [];
let made = 0;

/** The folder in which the files are. MuJoCo's own store of buffers takes in one byte at a time, which takes seconds. */
function folderOf(engine: Engine, assets: ReadonlyMap<string, Uint8Array>): string {
  const known = folders.find((folder) => folder.engine === engine && folder.assets === assets);
  if (known !== undefined) return known.path;
  const path = `/assets-${made++}`;
  for (const [name, content] of assets) {
    const file = `${path}/${name}`;
    engine.FS.mkdirTree(file.slice(0, file.lastIndexOf("/")), 0o777);
    engine.FS.writeFile(file, content);
  }
  folders.push({ engine, assets, path });
  while (folders.length > KEPT) {
    const old = folders.shift() as Folder;
    for (const name of old.assets.keys()) old.engine.FS.unlink(`${old.path}/${name}`);
  }
  return path;
}

/** The name of object `id`, or an empty string where it has none. */
export function nameOf(engine: Engine, model: MjModel, type: Named | Drawn, id: number): string {
  return engine.mj_id2name(model, kindOf(engine, type), id) ?? "";
}

/** The body's id. Raises with the known names where there is none. */
export function bodyId(engine: Engine, model: MjModel, name: string): number {
  return idOf(engine, model, "body", name);
}

/** The site's id. Raises with the known names where there is none. */
export function siteId(engine: Engine, model: MjModel, name: string): number {
  return idOf(engine, model, "site", name);
}

type Named = "body" | "site" | "joint" | "sensor";
type Drawn = "geom" | "tendon";
const PLURAL = { body: "bodies", site: "sites", joint: "joints", sensor: "sensors" } as const;

function kindOf(engine: Engine, type: Named | Drawn): number {
  const { mjOBJ_BODY, mjOBJ_GEOM, mjOBJ_SITE, mjOBJ_TENDON, mjOBJ_JOINT, mjOBJ_SENSOR } = engine.mjtObj;
  const kinds = { body: mjOBJ_BODY, geom: mjOBJ_GEOM, site: mjOBJ_SITE, tendon: mjOBJ_TENDON };
  return { ...kinds, joint: mjOBJ_JOINT, sensor: mjOBJ_SENSOR }[type].value;
}

/** The number of what has that name. Raises with the known names where there is none. */
export function idOf(engine: Engine, model: MjModel, type: Named, name: string): number {
  const id = engine.mj_name2id(model, kindOf(engine, type), name);
  if (id < 0) {
    const length = { body: model.nbody, site: model.nsite, joint: model.njnt, sensor: model.nsensor }[type];
    const names = Array.from({ length }, (_, i) => nameOf(engine, model, type, i)).filter(Boolean);
    const known = names.join(", ") || "none";
    throw new Error(`The model has no ${type} ${JSON.stringify(name)}. Its ${PLURAL[type]}: ${known}.`);
  }
  return id;
}
