import { describe, expect, it } from "vitest";
import { compileModel } from "../../../src/worker/physics/engine";
import { FullState } from "../../../src/worker/physics/full_state";
import { nodeEngine } from "../../support/node";

const EQUALITY = '<equality><weld body1="ball"/></equality>';
const scene = (equality = "") => `<mujoco>
  <size nuserdata="2"/>
  <worldbody>
    <body name="ball"><freejoint/><geom size="0.1"/>
      <body pos="0 0 0.3"><joint name="hinge"/><geom size="0.1"/></body>
    </body>
    <body name="target" mocap="true"/>
  </worldbody>
  <actuator><general joint="hinge" dyntype="integrator" gainprm="3"/></actuator>
  ${equality}
</mujoco>`;

describe("the full state", () => {
  it.each([
    ["copied from the arrays", scene()],
    ["asked of MuJoCo, where there are equality constraints", scene(EQUALITY)],
  ])("is what mj_getState gives, %s, and leads on to the same bits", async (_, xml) => {
    const engine = await nodeEngine();
    const model = compileModel(engine, xml, new Map());
    const data = new engine.MjData(model);
    const state = new FullState(engine, model, data);
    const buffer = new engine.DoubleBuffer(state.size);
    const mask = engine.mjtState.mjSTATE_INTEGRATION.value;
    try {
      data.ctrl[0] = 0.7;
      data.qfrc_applied[3] = 0.2;
      data.xfrc_applied[8] = 1.5;
      data.mocap_pos[1] = 0.25;
      data.userdata[1] = 42;
      for (let i = 0; i < 20; i++) engine.mj_step(model, data);
      const saved = new Float64Array(state.size + 2).fill(Number.NaN);
      state.save(saved, 1);
      engine.mj_getState(model, data, buffer, mask);
      const inner = saved.subarray(1, 1 + state.size);
      expect(Array.from(inner)).toEqual(Array.from(buffer.GetView() as Float64Array));
      expect(saved.at(0)).toBeNaN();
      expect(saved.at(-1)).toBeNaN();
      expect(new Set(inner).size).toBeGreaterThan(20);
      for (let i = 0; i < 5; i++) engine.mj_step(model, data);
      const later = Float64Array.from(data.qpos);
      state.load(inner);
      for (let i = 0; i < 5; i++) engine.mj_step(model, data);
      expect(Float64Array.from(data.qpos)).toEqual(later);
      expect(() => state.load(saved)).toThrow(`This model's full state has ${state.size} numbers`);
    } finally {
      buffer.delete();
      state.dispose();
      data.delete();
      model.delete();
    }
  });
});
