/** Every sentence and label of the page: a file for each of its parts, in this folder and nowhere else. */
import { charts } from "./charts";
import { disturbance } from "./disturbance";
import { errors } from "./errors";
import { gallery } from "./gallery";
import { hands } from "./hands";
import { heading } from "./heading";
import { help } from "./help";
import { keep } from "./keep";
import { page } from "./page";
import { parity } from "./parity";
import { senses } from "./senses";
import { sharing } from "./sharing";
import { telemetry } from "./telemetry";
import { timeline } from "./timeline";
import { transport } from "./transport";
import { view } from "./view";

export type { Quantity } from "./charts";

export const strings = {
  ...page,
  ...heading,
  ...gallery,
  ...sharing,
  ...parity,
  ...transport,
  ...hands,
  ...disturbance,
  ...timeline,
  ...keep,
  ...telemetry,
  ...charts,
  ...senses,
  ...view,
  ...help,
  ...errors,
};
