/** The studio around the body: a gradient backdrop, fog of the same colour, soft key light with a following shadow. */
import {
  BackSide,
  Color,
  DirectionalLight,
  Fog,
  Group,
  HemisphereLight,
  Mesh,
  type Scene,
  ShaderMaterial,
  SphereGeometry,
  Vector3,
} from "three";
import type { Palette } from "./palette";

/** Texels of the coarsest shadow's side; finer ones have a multiple of them. */
const COARSEST = 512;

export class Backdrop {
  /** Where the key light usually stands, z up. */
  static readonly KEY: Readonly<Vector3> = new Vector3(0.35, -0.75, 1.05).normalize();
  readonly root = new Group();
  /** Direction from the body to the key light. */
  readonly sun = Backdrop.KEY.clone();
  readonly #sky = new HemisphereLight();
  readonly #key = new DirectionalLight();
  readonly #rim = new DirectionalLight();
  readonly #dome: Mesh<SphereGeometry, ShaderMaterial>;
  readonly #fog = new Fog(0xffffff);
  #halfWidth = 2;
  #reach = 1;

  /** `shadowTexels`: of a shadow's side; 0: nothing casts one. */
  constructor(scene: Scene, palette: Palette, shadowTexels: number) {
    this.#sky.position.set(0, 0, 1);
    this.#key.castShadow = shadowTexels > 0;
    this.#key.shadow.mapSize.set(shadowTexels, shadowTexels);
    this.#key.shadow.radius = 3.5;
    this.#key.shadow.bias = -0.0004;
    this.#key.shadow.normalBias = 0.012;
    const material = new ShaderMaterial({
      side: BackSide,
      depthWrite: false,
      uniforms: { zenith: { value: [0, 0, 0] }, horizon: { value: [0, 0, 0] } },
      vertexShader: DOME_VERTEX,
      fragmentShader: DOME_FRAGMENT,
    });
    this.#dome = new Mesh(new SphereGeometry(1, 16, 12), material);
    // Last, and as far away as depth goes: only what nothing covers is painted.
    this.#dome.renderOrder = 1;
    this.#dome.frustumCulled = false;
    this.root.add(this.#sky, this.#key, this.#key.target, this.#rim, this.#rim.target, this.#dome);
    scene.add(this.root);
    scene.fog = this.#fog;
    this.repaint(palette);
    this.fit(2);
  }

  /** Sizes the shadow to a model that reaches `reach` metres from its centre. */
  fit(reach: number): void {
    this.#reach = reach;
    this.#halfWidth = 1.7 * reach;
    const camera = this.#key.shadow.camera;
    camera.left = camera.bottom = -this.#halfWidth;
    camera.right = camera.top = this.#halfWidth;
    camera.near = 0.1 * this.#halfWidth;
    camera.far = 6 * this.#halfWidth;
    camera.updateProjectionMatrix();
    this.#key.shadow.normalBias = 0.008 * this.#halfWidth;
  }

  /** Keeps light and shadow on the body at (x, y, z) and the dome around the eye, `distance` metres away. */
  follow(x: number, y: number, z: number, eye: Vector3, distance: number): void {
    // Whole texels only, of the coarsest map: a shadow that creeps by fractions of one shimmers.
    const texel = (2 * this.#halfWidth) / COARSEST;
    const at = new Vector3(Math.round(x / texel) * texel, Math.round(y / texel) * texel, Math.round(z / texel) * texel);
    this.#key.target.position.copy(at);
    this.#key.position.copy(at).addScaledVector(this.sun, 3 * this.#halfWidth);
    this.#rim.target.position.copy(at);
    this.#rim.position.set(at.x - 3 * this.#halfWidth, at.y + 4 * this.#halfWidth, at.z + 2 * this.#halfWidth);
    this.#dome.position.copy(eye);
    this.#dome.scale.setScalar(10 * this.#reach);
    this.#fog.near = distance + 1.5 * this.#reach;
    this.#fog.far = 4 * distance + 9 * this.#reach;
  }

  /** Draws shadows with this many texels a side. */
  sharpenShadows(texels: number): void {
    const { shadow } = this.#key;
    if (shadow.mapSize.x === texels) return;
    shadow.mapSize.set(texels, texels);
    // Its texture has the old size; the next picture makes another.
    shadow.map?.dispose();
    shadow.map = null;
  }

  repaint(palette: Palette): void {
    this.#sky.color.set(palette.zenith).lerp(new Color("#ffffff"), 0.75);
    this.#sky.groundColor.set(palette.tileLight);
    this.#sky.intensity = palette.ambient;
    this.#key.color.set("#fff4e6");
    this.#key.intensity = palette.key;
    this.#rim.color.set("#dbeaff");
    this.#rim.intensity = palette.rim;
    this.#fog.color.set(palette.horizon);
    this.#dome.material.uniforms.zenith = { value: srgb(palette.zenith) };
    this.#dome.material.uniforms.horizon = { value: srgb(palette.horizon) };
  }
}

/** The colour as the screen gets it: the dome writes it unchanged, as three.js does with the fog's. */
function srgb(colour: string): [number, number, number] {
  const { r, g, b } = new Color(colour).convertLinearToSRGB();
  return [r, g, b];
}

const DOME_VERTEX = /* glsl */ `
varying vec3 vDirection;
void main() {
  vDirection = position;
  gl_Position = (projectionMatrix * modelViewMatrix * vec4(position, 1.0)).xyww;
}
`;

const DOME_FRAGMENT = /* glsl */ `
uniform vec3 zenith;
uniform vec3 horizon;
varying vec3 vDirection;
void main() {
  float height = max(normalize(vDirection).z, 0.0);
  vec3 colour = mix(horizon, zenith, smoothstep(0.0, 0.85, height));
  float grain = fract(sin(dot(gl_FragCoord.xy, vec2(12.9898, 78.233))) * 43758.5453) - 0.5;
  gl_FragColor = vec4(colour + grain / 255.0, 1.0);
}
`;
