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
  const files = new engine.MjVFS();
  try {
    for (const [name, content] of assets) files.addBuffer(name, content);
    return engine.MjModel.from_xml_string(xml, files);
  } catch (error) {
    throw new Error(`MuJoCo cannot compile scene.xml: ${engineMessage(error)}`);
  } finally {
    files.delete();
  }
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
