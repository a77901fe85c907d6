/** Tendons that run through space, and the points that they run through. */

import type { SceneTendon } from "../../protocol";
import type { Physics } from "./physics";

/** MuJoCo's mark of a pulley in `wrap_obj`: the path breaks there. */
const PULLEY = -2;

/** Ids of the tendons with a path; a fixed tendon, a sum of joint positions, has none. */
export function spatialTendons({ model, engine }: Physics): number[] {
  const joint = engine.mjtWrap.mjWRAP_JOINT.value;
  return Array.from({ length: model.ntendon }, (_, id) => id).filter(
    (id) => model.wrap_type[model.tendon_adr[id] as number] !== joint,
  );
}

export function describeTendon({ model }: Physics, id: number, name: string): SceneTendon {
  const at = 4 * id;
  const [red, green, blue, alpha] = model.tendon_rgba.subarray(at, at + 4) as Float32Array;
  return {
    name,
    rgba: [red ?? 0, green ?? 0, blue ?? 0, alpha ?? 1],
    group: model.tendon_group[id] as number,
    width: model.tendon_width[id] as number,
  };
}

/** The path of each of `tendons`: points x, y, z, world, metres; a point of NaN breaks it. */
export function tendonPaths(physics: Physics, tendons: readonly number[]): Float32Array[] {
  const { ten_wrapadr, ten_wrapnum, wrap_obj, wrap_xpos } = physics.wraps();
  return tendons.map((id) => {
    const first = ten_wrapadr[id] as number;
    const path = new Float32Array(3 * (ten_wrapnum[id] as number));
    for (let point = 0; point < path.length / 3; point++) {
      const broken = wrap_obj[first + point] === PULLEY;
      for (let i = 0; i < 3; i++)
        path[3 * point + i] = broken ? Number.NaN : (wrap_xpos[3 * (first + point) + i] as number);
    }
    return path;
  });
}
