/** What an address says about the view: overlays, where the camera looks from, and which body it follows. */
import type { Player } from "../player";
import { OVERLAYS, type PlayState } from "../sim/protocol";
import type { Viewpoint } from "../view/camera";
import { strings } from "./strings";

const BEHIND = "behind";

export interface ViewWish {
  readonly overlays: readonly string[];
  readonly camera: Viewpoint | null;
  /** The body that the camera follows; null: the whole of what moves. */
  readonly follow: string | null;
  readonly autoReset: boolean;
}

/**
 * `show=contacts,forces`, `camera=-52,13,4` (degrees, degrees, reaches of the body; `behind` for the first turns with it),
 * `follow=torso`, `next=0` (no next episode by itself).
 */
export function readView(query: URLSearchParams, complain: (message: string) => void): ViewWish {
  const camera = query.get("camera");
  const angle = camera === null ? null : viewpointOf(camera.split(","));
  if (camera !== null && angle === null) complain(strings.badCamera(camera));
  return {
    overlays: (query.get("show") ?? "").split(",").filter(Boolean),
    camera: angle,
    follow: query.get("follow"),
    autoReset: query.get("next") !== "0",
  };
}

/** Where the picture is looked at from, as far as it differs from the usual. */
export type Look = Pick<ViewWish, "camera" | "follow">;

/** Adds what differs from the usual. */
export function writeView(query: URLSearchParams, state: PlayState, { camera, follow }: Look): void {
  if (state.overlays.length > 0) query.set("show", state.overlays.join(","));
  if (!state.autoReset) query.set("next", "0");
  if (camera !== null) {
    const { azimuth, elevation, reaches } = camera;
    const around = azimuth === BEHIND ? BEHIND : Math.round(azimuth);
    query.set("camera", `${around},${Math.round(elevation)},${Number(reaches.toPrecision(3))}`);
  }
  if (follow !== null) query.set("follow", follow);
}

/** Asks the player for it; what there is not goes to `complain`. */
export async function obeyView(player: Player, wish: ViewWish, complain: (message: string) => void): Promise<void> {
  if (!wish.autoReset) await player.setAutoReset(false);
  for (const name of wish.overlays) {
    const overlay = OVERLAYS.find((known) => known === name);
    if (overlay === undefined) complain(strings.badOverlay(name, OVERLAYS.join(", ")));
    else await player.setOverlay(overlay, true);
  }
}

function viewpointOf([around, up, distance]: readonly string[]): Viewpoint | null {
  if (!around || !up || !distance) return null;
  const azimuth = around === BEHIND ? BEHIND : Number(around);
  const [elevation, reaches] = [Number(up), Number(distance)];
  const meant = (azimuth === BEHIND || Number.isFinite(azimuth)) && Number.isFinite(elevation) && reaches > 0;
  return meant ? { azimuth, elevation, reaches } : null;
}
