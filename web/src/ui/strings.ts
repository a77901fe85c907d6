/** Every sentence and label of the page. Each panel has its own in a `strings.ts` beside it; other files have none. */
import { charts } from "./charts/strings";
import { compare } from "./compare/strings";
import { disturbance } from "./disturbance/strings";
import { gallery } from "./gallery/strings";
import { heading } from "./heading/strings";
import { help } from "./help/strings";
import { joystick } from "./joystick/strings";
import { learning } from "./learning/strings";
import { manual } from "./manual/strings";
import { notices } from "./notices/strings";
import { observation } from "./observation/strings";
import { page } from "./page/strings";
import { parity } from "./parity/strings";
import { perturbations } from "./perturbations/strings";
import { saving } from "./saving/strings";
import { sharing } from "./sharing/strings";
import { sight } from "./sight/strings";
import { swarm } from "./swarm/strings";
import { telemetry } from "./telemetry/strings";
import { timeline } from "./timeline/strings";
import { transport } from "./transport/strings";
import { view } from "./view/strings";

export type { Quantity } from "./charts/strings";

export const strings = {
  ...page,
  ...heading,
  ...gallery,
  ...sharing,
  ...sight,
  ...swarm,
  ...compare,
  ...learning,
  ...parity,
  ...transport,
  ...perturbations,
  ...disturbance,
  ...timeline,
  ...saving,
  ...telemetry,
  ...charts,
  ...observation,
  ...view,
  ...help,
  ...joystick,
  ...manual,
  ...notices,
};
