/** The picture's chunk: loaded after the page has painted. */
export { listenToDoubleTaps } from "./double_tap";
export { Eye, type EyeLight } from "./eye";
export { Pointer } from "./pointer";
export { Stage } from "./stage";
