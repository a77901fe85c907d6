/** How deep the brackets of a JSON text are nested: found by reading along, not by building anything. */
import { MAX_JSON_DEPTH } from "./limits";

/** Raises where brackets stand more than `MAX_JSON_DEPTH` deep in one another; `name` is what the message calls the text. */
export function checkDepth(text: string, name: string): void {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (quoted) {
      if (letter === "\\") at++;
      else if (letter === '"') quoted = false;
    } else if (letter === '"') quoted = true;
    else if (letter === "{" || letter === "[") depth++;
    else if (letter === "}" || letter === "]") depth--;
    if (depth > MAX_JSON_DEPTH) {
      throw new Error(
        `${name} nests its brackets more than ${MAX_JSON_DEPTH} deep; bbconvert writes no such file. ` +
          "Pull or convert the bundle again.",
      );
    }
  }
}
