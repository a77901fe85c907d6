/** What an address says about the camera: where it looks from, and which body it follows. */
import type { Viewpoint } from "../../view/camera";
import { strings } from "../strings";

const BEHIND = "behind";

export interface View {
  /** Null: the default. */
  readonly camera: Viewpoint | null;
  /** The body that the camera follows; null: the whole of what moves. */
  readonly follow: string | null;
}

/** `camera=-52,13,4` (degrees, degrees, reaches of the body; `behind` for the first turns with it), `follow=torso`. */
export function readView(query: URLSearchParams, complain: (message: string) => void): View {
  const text = query.get("camera");
  const camera = text === null ? null : viewpointOf(text.split(","));
  if (text !== null && camera === null) complain(strings.badCamera(text));
  return { camera, follow: query.get("follow") };
}

/** Adds what differs from the default. */
export function writeView(query: URLSearchParams, { camera, follow }: View): void {
  if (camera !== null) {
    const { azimuth, elevation, reaches } = camera;
    const around = azimuth === BEHIND ? BEHIND : Math.round(azimuth);
    query.set("camera", `${around},${Math.round(elevation)},${Number(reaches.toPrecision(3))}`);
  }
  if (follow !== null) query.set("follow", follow);
}

function viewpointOf([around, up, distance]: readonly string[]): Viewpoint | null {
  if (!around || !up || !distance) return null;
  const azimuth = around === BEHIND ? BEHIND : Number(around);
  const [elevation, reaches] = [Number(up), Number(distance)];
  const meant = (azimuth === BEHIND || Number.isFinite(azimuth)) && Number.isFinite(elevation) && reaches > 0;
  return meant ? { azimuth, elevation, reaches } : null;
}
