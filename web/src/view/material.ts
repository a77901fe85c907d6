/** What a shape is made of: the document's colour, material and flat texture, or the tint of the body's side. */
import {
  type BufferGeometry,
  DataTexture,
  Float32BufferAttribute,
  LinearFilter,
  LinearMipmapLinearFilter,
  MeshStandardMaterial,
  RepeatWrapping,
  SRGBColorSpace,
  type Texture,
} from "three";
import type { SceneDescription, SceneGeom, SceneShape, SceneTexture } from "../protocol";
import { type Side, sideOf } from "./palette";

const ROUGHNESS = 0.52;

export class Materials {
  readonly #textures: Texture[];
  readonly #usual: string;
  /** Whether the document draws its bodies by meshes, and colours them. */
  readonly #painted: boolean;

  constructor(readonly description: SceneDescription) {
    this.#textures = description.textures.map(textureOf);
    this.#usual = usualLook(description.geoms);
    const drawn = description.geoms.filter(({ body, covered }) => body !== 0 && !covered);
    this.#painted = drawn.some(({ type }) => type === "mesh") && new Set(drawn.map(look)).size > 1;
  }

  /** The document's own material, for `geometry`, which may need coordinates on the texture. */
  of(shape: SceneShape & { readonly material?: number }, geometry: BufferGeometry): MeshStandardMaterial {
    const [red, green, blue, alpha] = shape.rgba;
    const material = new MeshStandardMaterial({ roughness: ROUGHNESS, metalness: 0.02 });
    material.color.setRGB(red, green, blue, SRGBColorSpace);
    if (alpha < 1) {
      material.transparent = true;
      material.opacity = alpha;
    }
    const own = this.description.materials[shape.material ?? -1];
    if (!own) return material;
    material.roughness = Math.min(0.9, Math.max(0.25, 1 - own.shininess * Math.max(own.specular, 0.5)));
    material.emissive.copy(material.color);
    material.emissiveIntensity = own.emission;
    const texture = this.#textures[own.texture];
    if (texture && (shape.type !== "mesh" || geometry.hasAttribute("uv"))) {
      if (shape.type !== "mesh") spread(geometry, own.repeat);
      material.map = texture;
      // What glows has the texture's colours, too.
      material.emissiveMap = texture;
    }
    return material;
  }

  /** The tint of a moving geom; null where the document singles it out by a texture or by a colour of its own. */
  sideOf(geom: SceneGeom): Side | null {
    if (geom.body === 0 || this.#painted || (this.description.materials[geom.material]?.texture ?? -1) >= 0)
      return null;
    const side = sideOf(`${geom.name} ${this.description.bodies[geom.body]?.name ?? ""}`);
    return side !== "centre" || look(geom) === this.#usual ? side : null;
  }

  dispose(): void {
    for (const texture of this.#textures) texture.dispose();
  }
}

/** The look that most moving geoms share: a default of the document, which says nothing of any part. */
function usualLook(geoms: readonly SceneGeom[]): string {
  const counts = new Map<string, number>();
  for (const geom of geoms) if (geom.body !== 0) counts.set(look(geom), (counts.get(look(geom)) ?? 0) + 1);
  return [...counts].reduce((most, one) => (one[1] > most[1] ? one : most), ["", 0])[0];
}

function look({ rgba, material }: SceneGeom): string {
  return `${rgba.join(" ")} ${material}`;
}

/** Lays the texture along the shape's xy plane, as MuJoCo does: `repeat` times over its extent. */
function spread(geometry: BufferGeometry, repeat: readonly [number, number]): void {
  geometry.computeBoundingBox();
  const { boundingBox: box } = geometry;
  const position = geometry.getAttribute("position");
  if (!box) return;
  const uvs = new Float32Array(2 * position.count);
  for (let k = 0; k < position.count; k++) {
    uvs[2 * k] = (repeat[0] * (position.getX(k) - box.min.x)) / (box.max.x - box.min.x || 1);
    uvs[2 * k + 1] = (repeat[1] * (position.getY(k) - box.min.y)) / (box.max.y - box.min.y || 1);
  }
  geometry.setAttribute("uv", new Float32BufferAttribute(uvs, 2));
}

function textureOf({ width, height, pixels }: SceneTexture): Texture {
  const texture = new DataTexture(pixels as Uint8Array<ArrayBuffer>, width, height);
  texture.colorSpace = SRGBColorSpace;
  texture.wrapS = texture.wrapT = RepeatWrapping;
  texture.magFilter = LinearFilter;
  texture.minFilter = LinearMipmapLinearFilter;
  texture.generateMipmaps = true;
  texture.anisotropy = 4;
  texture.needsUpdate = true;
  return texture;
}
