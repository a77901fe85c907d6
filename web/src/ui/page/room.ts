/** Tells the style sheets how much room the heading and the transport leave. */
import { required } from "../controls/element";

/** Where the window is narrow, panels stand under and over these two (ui/style.css). */
export function tellRoom(): void {
  for (const id of ["heading", "transport"] as const) {
    const panel = required(id, HTMLElement);
    new ResizeObserver(() => {
      const { top, bottom } = panel.getBoundingClientRect();
      document.documentElement.style.setProperty(
        `--${id}`,
        `${id === "heading" ? bottom : window.innerHeight - top}px`,
      );
    }).observe(panel);
  }
}
