/** A file dropped anywhere on the page. */
import { element } from "../controls/element";
import { strings } from "../strings";

/** Calls `take` with the first file of a drop; while one hovers over the page, the page says what it would do with it. */
export function takeDrops(take: (file: File) => void): void {
  const veil = element("div", { class: "drop-veil", hidden: true }, element("p", {}, strings.dropHere));
  document.body.append(veil);
  const files = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;
  window.addEventListener("dragover", (event) => {
    if (!files(event)) return;
    event.preventDefault();
    veil.hidden = false;
  });
  // Leaving one element for another says `relatedTarget`; leaving the window says none.
  window.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) veil.hidden = true;
  });
  window.addEventListener("drop", (event) => {
    if (!files(event)) return;
    event.preventDefault();
    veil.hidden = true;
    const file = event.dataTransfer?.files[0];
    if (file) take(file);
  });
}
