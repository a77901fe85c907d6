/** Materials and flat textures of a compiled model. Cube textures and skies are left out: those parts show plain colour. */
import type { MjModel } from "@mujoco/mujoco";
import type { SceneMaterial, SceneTexture } from "../../protocol";
import type { Engine } from "../physics/engine";

const NO_TEXTURE = -1;

/** The materials, and the textures that they use. */
export function describeMaterials(
  engine: Engine,
  model: MjModel,
): { materials: readonly SceneMaterial[]; textures: readonly SceneTexture[] } {
  const flat = engine.mjtTexture.mjTEXTURE_2D.value;
  const roles = engine.mjtTextureRole.mjNTEXROLE.value;
  const colour = [engine.mjtTextureRole.mjTEXROLE_RGB.value, engine.mjtTextureRole.mjTEXROLE_RGBA.value];
  const textures: SceneTexture[] = [];
  const places = new Map<number, number>();
  const place = (texture: number): number => {
    const known = places.get(texture);
    if (known !== undefined) return known;
    textures.push(describeTexture(model, texture));
    places.set(texture, textures.length - 1);
    return textures.length - 1;
  };
  const materials = Array.from({ length: model.nmat }, (_, id) => {
    const texture = colour.map((role) => model.mat_texid[id * roles + role] as number).find((at) => at >= 0);
    const drawn = texture !== undefined && model.tex_type[texture] === flat;
    return {
      texture: drawn ? place(texture) : NO_TEXTURE,
      repeat: [model.mat_texrepeat[2 * id] as number, model.mat_texrepeat[2 * id + 1] as number] as const,
      specular: model.mat_specular[id] as number,
      shininess: model.mat_shininess[id] as number,
      emission: model.mat_emission[id] as number,
    };
  });
  return { materials, textures };
}

function describeTexture(model: MjModel, id: number): SceneTexture {
  const width = model.tex_width[id] as number;
  const height = model.tex_height[id] as number;
  const channels = model.tex_nchannel[id] as number;
  const first = Number(model.tex_adr[id]);
  const data: Uint8Array = model.tex_data;
  const pixels = new Uint8Array(4 * width * height).fill(255);
  for (let pixel = 0; pixel < width * height; pixel++) {
    // A grey picture has one channel for all three colours.
    for (let i = 0; i < Math.max(3, channels); i++)
      pixels[4 * pixel + i] = data[first + channels * pixel + (channels < 3 ? 0 : i)] as number;
  }
  return { width, height, pixels };
}
