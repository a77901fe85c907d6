/**
 * How readily a point of a body gives way: `A = J M⁻¹ Jᵀ`, metres per second squared per newton, in the world frame.
 *
 * Its inverse along a direction is the inertia that a force there has to move. Contacts and other constraints are left out:
 * they only make a body heavier.
 */
import type { DoubleBuffer } from "@mujoco/mujoco";
import type { Physics } from "./physics";

export class Admittance {
  /** 3×3, symmetric, row-major: as the last `at` left it. */
  readonly matrix = new Float64Array(9);
  private readonly unit = new Float64Array(3);
  /** Rows of the translational Jacobian, and `M⁻¹` of each: 3×nv. */
  private readonly rows: Float64Array;
  private readonly solved: Float64Array;
  private readonly row: DoubleBuffer;
  private readonly solution: DoubleBuffer;

  constructor(private readonly physics: Physics) {
    const { engine, model } = physics;
    this.rows = new Float64Array(3 * model.nv);
    this.solved = new Float64Array(3 * model.nv);
    this.row = new engine.DoubleBuffer(model.nv);
    this.solution = new engine.DoubleBuffer(model.nv);
  }

  /** Computes it for `point` (metres, world) of a body, from the inertia of the last substep. */
  at(body: number, point: Float64Array): void {
    const { matrix, rows, solved, unit } = this;
    const { nv } = this.physics.model;
    for (let axis = 0; axis < 3; axis++) {
      unit.fill(0);
      unit[axis] = 1;
      // A unit force along an axis is that row of the Jacobian.
      this.row.GetView().fill(0);
      this.physics.applyForce(body, unit, point, this.row);
      const row: Float64Array = this.row.GetView();
      rows.set(row, axis * nv);
      this.physics.accelerate(row, this.solution);
      solved.set(this.solution.GetView(), axis * nv);
    }
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) {
        let sum = 0;
        for (let dof = 0; dof < nv; dof++) sum += (rows[i * nv + dof] as number) * (solved[j * nv + dof] as number);
        matrix[3 * i + j] = sum;
      }
    }
  }

  /** A lower bound (at worst 1/√3 of it) of the inertia in the lightest direction, kg; infinite where nothing gives way. */
  get lightest(): number {
    return 1 / Math.hypot(...this.matrix);
  }

  /** The inertia along a direction, kg; infinite where that does not give way, and for no direction at all. */
  along(direction: Float64Array): number {
    let squared = 0;
    let given = 0;
    for (let i = 0; i < 3; i++) {
      const di = direction[i] as number;
      squared += di * di;
      for (let j = 0; j < 3; j++) given += di * (this.matrix[3 * i + j] as number) * (direction[j] as number);
    }
    return given > 0 ? squared / given : Number.POSITIVE_INFINITY;
  }

  dispose(): void {
    this.row.delete();
    this.solution.delete();
  }
}
