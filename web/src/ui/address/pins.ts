/** What an address says about pins: `pin=torso`, where it is held, and where on the body; one entry for each pin. */
import type { Player } from "../../player/player";
import type { Frame, Pull, Vec3 } from "../../protocol";
import { messageOf } from "../actions";
import { strings } from "../strings";

export interface PinWish {
  readonly body: string;
  /** The target, metres, world; null: where the point is now. */
  readonly target: Vec3 | null;
  /** The pinned point, metres, in the body's frame; null: its centre of mass. */
  readonly anchor: Vec3 | null;
}

/** A body's place: x, y, z (metres, world), qw, qx, qy, qz. */
type Pose = readonly [number, number, number, number, number, number, number];

/** `pin=torso`, `pin=torso,0,0,1.4` or `pin=torso,0,0,1.4,0,0,0.1`. */
export function readPins(query: URLSearchParams, complain: (message: string) => void): readonly PinWish[] {
  return query.getAll("pin").flatMap((text) => {
    const [body, ...rest] = text.split(",");
    const numbers = rest.map((word) => (word === "" ? Number.NaN : Number(word)));
    if (body && [0, 3, 6].includes(numbers.length) && numbers.every(Number.isFinite)) {
      return [{ body, target: triple(numbers, 0), anchor: triple(numbers, 3) }];
    }
    complain(strings.badPin(text));
    return [];
  });
}

/** The pins of a frame, to the millimetre; `bodies` are the model's. */
export function pinsOf({ pins, poses }: Frame, bodies: readonly { readonly name: string }[]): readonly PinWish[] {
  return pins.flatMap(({ body, point, target }: Pull) => {
    const pose = poseOf(body, poses, bodies);
    return pose ? [{ body, target: rounded(target), anchor: rounded(toBody(pose, point)) }] : [];
  });
}

export function writePins(query: URLSearchParams, pins: readonly PinWish[]): void {
  for (const { body, target, anchor } of pins) query.append("pin", [body, ...(target ?? []), ...(anchor ?? [])].join());
}

/** Pins them, from where they are in `frame`; what the player refuses goes to `complain`, the rest is done. */
export async function obeyPins(
  player: Player,
  wishes: readonly PinWish[],
  frame: Frame | null,
  complain: (message: string) => void,
): Promise<void> {
  for (const { body, target, anchor } of wishes) {
    const pose = frame && poseOf(body, frame.poses, player.loaded?.scene.bodies ?? []);
    const point = pose && anchor ? { point: toWorld(pose, anchor) } : {};
    try {
      await player.pin({ body, ...point, ...(target ? { target } : {}) });
    } catch (error) {
      complain(messageOf(error));
    }
  }
}

function poseOf(body: string, poses: Float32Array, bodies: readonly { readonly name: string }[]): Pose | null {
  const at = 7 * bodies.findIndex(({ name }) => name === body);
  const [x, y, z, qw, qx, qy, qz] = poses.subarray(at, at + 7);
  if (at < 0 || x === undefined || y === undefined || z === undefined) return null;
  if (qw === undefined || qx === undefined || qy === undefined || qz === undefined) return null;
  return [x, y, z, qw, qx, qy, qz];
}

function toBody([x, y, z, qw, qx, qy, qz]: Pose, point: Vec3): Vec3 {
  return rotated([point[0] - x, point[1] - y, point[2] - z], qw, [-qx, -qy, -qz]);
}

function toWorld([x, y, z, qw, qx, qy, qz]: Pose, anchor: Vec3): Vec3 {
  const turned = rotated(anchor, qw, [qx, qy, qz]);
  return [x + turned[0], y + turned[1], z + turned[2]];
}

/** v + 2w (u × v) + 2 u × (u × v), for the unit quaternion (w, u). */
function rotated(v: Vec3, w: number, u: Vec3): Vec3 {
  const once = cross(u, v);
  const twice = cross(u, once);
  return [
    v[0] + 2 * (w * once[0] + twice[0]),
    v[1] + 2 * (w * once[1] + twice[1]),
    v[2] + 2 * (w * once[2] + twice[2]),
  ];
}

function cross(a: Vec3, b: Vec3): Vec3 {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

function triple(numbers: readonly number[], at: number): Vec3 | null {
  const [x, y, z] = numbers.slice(at, at + 3);
  return x === undefined || y === undefined || z === undefined ? null : [x, y, z];
}

function rounded(v: Vec3): Vec3 {
  const millimetres = (metres: number) => Number(metres.toFixed(3));
  return [millimetres(v[0]), millimetres(v[1]), millimetres(v[2])];
}
