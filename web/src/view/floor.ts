/**
 * The endless checkered floor: tiles that fade into the fog, and a ruler along the world's x axis.
 *
 * Tiles are a metre wide, or ten centimetres under a body that is no larger.
 */
import {
  CanvasTexture,
  CircleGeometry,
  Color,
  Group,
  Mesh,
  MeshBasicMaterial,
  MeshLambertMaterial,
  PlaneGeometry,
  SRGBColorSpace,
} from "three";
import type { Palette } from "./palette";

/** In tiles. */
const RADIUS = 60;
/** A body that reaches less than this many metres stands on small tiles. */
const SMALL = 0.5;
/** Number of metre marks kept around the body. */
const MARKS = 13;
/** The ruler runs beside the body, on its right for one that walks along x; in tiles. */
const RULER_Y = -0.85;

interface Mark {
  readonly mesh: Mesh<PlaneGeometry, MeshBasicMaterial>;
  readonly context: CanvasRenderingContext2D;
  readonly texture: CanvasTexture;
  tile: number | null;
}

export class Floor {
  readonly root = new Group();
  readonly height: number;
  readonly #tiles: Mesh<CircleGeometry, MeshLambertMaterial>;
  readonly #colours = {
    tileLight: { value: new Color() },
    tileDark: { value: new Color() },
    line: { value: new Color() },
    tileSize: { value: 1 },
  };
  readonly #marks: Mark[] = [];
  #ink = "#000000";

  /** `height`: the floor's z, metres, world. */
  constructor(height: number, palette: Palette) {
    this.root.position.z = height;
    this.height = height;
    // Not tone mapped: it would pull a dark floor towards blue.
    const material = new MeshLambertMaterial({ toneMapped: false });
    material.onBeforeCompile = (shader) => {
      Object.assign(shader.uniforms, this.#colours);
      shader.vertexShader = shader.vertexShader
        .replace("#include <common>", "#include <common>\nvarying vec2 vMetres;")
        .replace(
          "#include <begin_vertex>",
          "#include <begin_vertex>\nvMetres = (modelMatrix * vec4(position, 1.0)).xy;",
        );
      shader.fragmentShader = shader.fragmentShader
        .replace("#include <common>", `#include <common>\n${TILES}`)
        .replace("#include <color_fragment>", "diffuseColor.rgb = tile(vMetres / tileSize);");
    };
    this.#tiles = new Mesh(new CircleGeometry(RADIUS, 48), material);
    this.#tiles.receiveShadow = true;
    this.root.add(this.#tiles);
    for (let k = 0; k < MARKS; k++) this.#marks.push(this.#mark());
    this.repaint(palette);
  }

  /** Sizes the tiles for a body that reaches `reach` metres. */
  fit(reach: number): void {
    const size = reach < SMALL ? 0.1 : 1;
    this.#colours.tileSize.value = size;
    this.root.scale.set(size, size, size);
    for (const mark of this.#marks) mark.tile = null;
  }

  /** Keeps the floor under the body, at (x, y) metres, world: it has no edge to walk off. */
  follow(x: number, y: number): void {
    const size = this.#colours.tileSize.value;
    const middle = Math.round(x / size);
    this.#tiles.position.set(middle, Math.round(y / size), 0);
    const first = middle - (MARKS - 1) / 2;
    for (let tile = first; tile < first + MARKS; tile++) {
      const mark = this.#marks[((tile % MARKS) + MARKS) % MARKS];
      if (mark && mark.tile !== tile) this.#write(mark, tile);
    }
  }

  repaint(palette: Palette): void {
    this.#colours.tileLight.value.set(palette.tileLight);
    this.#colours.tileDark.value.set(palette.tileDark);
    this.#colours.line.value.set(palette.line);
    this.#ink = palette.mark;
    for (const mark of this.#marks) if (mark.tile !== null) this.#write(mark, mark.tile);
  }

  dispose(): void {
    this.root.removeFromParent();
    this.#tiles.geometry.dispose();
    this.#tiles.material.dispose();
    for (const { mesh, texture } of this.#marks) {
      mesh.geometry.dispose();
      mesh.material.dispose();
      texture.dispose();
    }
  }

  #mark(): Mark {
    const canvas = document.createElement("canvas");
    canvas.width = 256;
    canvas.height = 128;
    const context = canvas.getContext("2d");
    if (!context) throw new Error("This browser draws no 2D canvas, so the floor's metre marks cannot be written.");
    const texture = new CanvasTexture(canvas);
    texture.colorSpace = SRGBColorSpace;
    texture.anisotropy = 8;
    const material = new MeshBasicMaterial({ map: texture, transparent: true, depthWrite: false, toneMapped: false });
    const mesh = new Mesh(new PlaneGeometry(0.6, 0.3), material);
    mesh.position.set(0, RULER_Y, 0.002);
    mesh.visible = false;
    this.root.add(mesh);
    return { mesh, context, texture, tile: null };
  }

  #write(mark: Mark, tile: number): void {
    const { context, texture, mesh } = mark;
    context.clearRect(0, 0, 256, 128);
    context.fillStyle = this.#ink;
    context.fillRect(126, 0, 4, 26);
    context.font = "600 76px ui-sans-serif, system-ui, sans-serif";
    context.textAlign = "center";
    const metres = String(Number((tile * this.#colours.tileSize.value).toFixed(1)));
    context.fillText(tile === 0 ? "0 m" : metres, 128, 108);
    texture.needsUpdate = true;
    mesh.position.x = tile;
    mesh.visible = true;
    mark.tile = tile;
  }
}

/** Checker and metre lines, each averaged over the pixel's footprint, so that nothing shimmers far away. */
const TILES = /* glsl */ `
varying vec2 vMetres;
uniform vec3 tileLight;
uniform vec3 tileDark;
uniform vec3 line;
uniform float tileSize;
vec3 tile(vec2 tiles) {
  vec2 footprint = max(fwidth(tiles), 1e-4);
  vec2 low = tiles - 0.5 * footprint;
  vec2 high = tiles + 0.5 * footprint;
  vec2 wave = 2.0 * (abs(fract(0.5 * low) - 0.5) - abs(fract(0.5 * high) - 0.5)) / footprint;
  vec3 colour = mix(tileDark, tileLight, 0.5 - 0.5 * wave.x * wave.y);
  vec2 gap = abs(fract(tiles + 0.5) - 0.5);
  vec2 ink = 1.0 - smoothstep(vec2(0.004), vec2(0.004) + footprint, gap);
  ink *= 1.0 - smoothstep(0.05, 0.35, footprint);
  return mix(colour, line, 0.7 * max(ink.x, ink.y));
}
`;
