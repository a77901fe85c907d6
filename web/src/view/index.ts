/** The picture's chunk: loaded after the page has painted. */
export { Pointer } from "./pointer";
export { Stage } from "./stage";
