/** The picture's chunk: loaded after the page has painted. */
export { listenToDoubleTaps } from "./double_tap";
export { Pointer } from "./pointer";
export { Stage } from "./stage";
