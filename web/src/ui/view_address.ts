/** What an address says about the view: overlays, and where the camera looks from. */
import type { Player } from "../player";
import { OVERLAYS, type PlayState } from "../sim/protocol";
import { strings } from "./strings";

/** Where the camera looks from: degrees about the world's z and above the floor, and the distance in reaches of the body. */
export interface CameraAngle {
  readonly azimuth: number;
  readonly elevation: number;
  readonly reaches: number;
}

export interface ViewWish {
  readonly overlays: readonly string[];
  readonly camera: CameraAngle | null;
  readonly autoReset: boolean;
}

/** `show=contacts,forces`, `camera=-52,13,4` (degrees, degrees, reaches of the body), `next=0` (no next episode by itself). */
export function readView(query: URLSearchParams, complain: (message: string) => void): ViewWish {
  const camera = query.get("camera");
  const angle = camera === null ? null : angleOf(camera.split(",").map(Number));
  if (camera !== null && angle === null) complain(strings.badCamera(camera));
  return {
    overlays: (query.get("show") ?? "").split(",").filter(Boolean),
    camera: angle,
    autoReset: query.get("next") !== "0",
  };
}

/** Adds what differs from the usual; `camera` is null where it is at its first angle. */
export function writeView(query: URLSearchParams, state: PlayState, camera: CameraAngle | null): void {
  if (state.overlays.length > 0) query.set("show", state.overlays.join(","));
  if (!state.autoReset) query.set("next", "0");
  if (camera !== null) {
    const { azimuth, elevation, reaches } = camera;
    query.set("camera", `${Math.round(azimuth)},${Math.round(elevation)},${Number(reaches.toPrecision(3))}`);
  }
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

function angleOf([azimuth, elevation, reaches]: readonly (number | undefined)[]): CameraAngle | null {
  if (azimuth === undefined || elevation === undefined || reaches === undefined) return null;
  return Number.isFinite(azimuth) && Number.isFinite(elevation) && reaches > 0 ? { azimuth, elevation, reaches } : null;
}
