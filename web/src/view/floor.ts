/** The endless checkered floor: tiles of one metre that fade into the fog, and a ruler along the world's x axis. */
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

const RADIUS = 60;
/** Number of metre marks kept around the body. */
const MARKS = 13;
/** The ruler runs beside the body, on its right for one that walks along x. */
const RULER_Y = -0.85;

interface Mark {
  readonly mesh: Mesh<PlaneGeometry, MeshBasicMaterial>;
  readonly context: CanvasRenderingContext2D;
  readonly texture: CanvasTexture;
  metre: number | null;
}

export class Floor {
  readonly root = new Group();
  readonly #tiles: Mesh<CircleGeometry, MeshLambertMaterial>;
  readonly #colours = {
    tileLight: { value: new Color() },
    tileDark: { value: new Color() },
    line: { value: new Color() },
  };
  readonly #marks: Mark[] = [];
  #ink = "#000000";

  /** `height`: the floor's z, metres, world. */
  constructor(height: number, palette: Palette) {
    this.root.position.z = height;
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
        .replace("#include <color_fragment>", "diffuseColor.rgb = tile(vMetres);");
    };
    this.#tiles = new Mesh(new CircleGeometry(RADIUS, 48), material);
    this.#tiles.receiveShadow = true;
    this.root.add(this.#tiles);
    for (let k = 0; k < MARKS; k++) this.#marks.push(this.#mark());
    this.repaint(palette);
  }

  /** Keeps the floor under the body, at (x, y) metres, world: it has no edge to walk off. */
  follow(x: number, y: number): void {
    this.#tiles.position.set(Math.round(x), Math.round(y), 0);
    const first = Math.round(x) - (MARKS - 1) / 2;
    for (let metre = first; metre < first + MARKS; metre++) {
      const mark = this.#marks[((metre % MARKS) + MARKS) % MARKS];
      if (mark && mark.metre !== metre) this.#write(mark, metre);
    }
  }

  repaint(palette: Palette): void {
    this.#colours.tileLight.value.set(palette.tileLight);
    this.#colours.tileDark.value.set(palette.tileDark);
    this.#colours.line.value.set(palette.line);
    this.#ink = palette.mark;
    for (const mark of this.#marks) if (mark.metre !== null) this.#write(mark, mark.metre);
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
    return { mesh, context, texture, metre: null };
  }

  #write(mark: Mark, metre: number): void {
    const { context, texture, mesh } = mark;
    context.clearRect(0, 0, 256, 128);
    context.fillStyle = this.#ink;
    context.fillRect(126, 0, 4, 26);
    context.font = "600 76px ui-sans-serif, system-ui, sans-serif";
    context.textAlign = "center";
    context.fillText(metre === 0 ? "0 m" : String(metre), 128, 108);
    texture.needsUpdate = true;
    mesh.position.x = metre;
    mesh.visible = true;
    mark.metre = metre;
  }
}

/** Checker and metre lines, each averaged over the pixel's footprint, so that nothing shimmers far away. */
const TILES = /* glsl */ `
varying vec2 vMetres;
uniform vec3 tileLight;
uniform vec3 tileDark;
uniform vec3 line;
vec3 tile(vec2 metres) {
  vec2 footprint = max(fwidth(metres), 1e-4);
  vec2 low = metres - 0.5 * footprint;
  vec2 high = metres + 0.5 * footprint;
  vec2 wave = 2.0 * (abs(fract(0.5 * low) - 0.5) - abs(fract(0.5 * high) - 0.5)) / footprint;
  vec3 colour = mix(tileDark, tileLight, 0.5 - 0.5 * wave.x * wave.y);
  vec2 gap = abs(fract(metres + 0.5) - 0.5);
  vec2 ink = 1.0 - smoothstep(vec2(0.004), vec2(0.004) + footprint, gap);
  ink *= 1.0 - smoothstep(0.05, 0.35, footprint);
  return mix(colour, line, 0.7 * max(ink.x, ink.y));
}
`;
