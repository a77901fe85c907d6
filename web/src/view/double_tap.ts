/** Two quick presses at one place: a double click, with a mouse, a pen or a finger alike. */

/** Milliseconds and CSS pixels between the two. */
const QUICK_MS = 350;
const NEAR = 24;

/** Calls `act` with where on the canvas (CSS pixels) it was pressed twice, as the second press ends. */
export function listenToDoubleTaps(canvas: HTMLCanvasElement, act: (x: number, y: number) => void): void {
  let last = { x: 0, y: 0, at: Number.NEGATIVE_INFINITY };
  let down = { ...last, double: false };
  canvas.addEventListener("pointerdown", (event) => {
    const { clientX: x, clientY: y, timeStamp: at } = event;
    if (!event.isPrimary || event.button !== 0) {
      last.at = Number.NEGATIVE_INFINITY;
      return;
    }
    down = { x, y, at, double: at - last.at < QUICK_MS && Math.hypot(x - last.x, y - last.y) < NEAR };
    last = { x, y, at };
  });
  canvas.addEventListener("pointerup", (event) => {
    // A press that went somewhere was a drag.
    const dragged = Math.hypot(event.clientX - down.x, event.clientY - down.y) > NEAR / 2;
    if (dragged) last.at = Number.NEGATIVE_INFINITY;
    if (!event.isPrimary || !down.double || dragged) return;
    last.at = Number.NEGATIVE_INFINITY;
    const box = canvas.getBoundingClientRect();
    act(down.x - box.left, down.y - box.top);
  });
}
