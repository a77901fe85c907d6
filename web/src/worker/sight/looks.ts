/** Pictures that were asked of the page, and not answered yet. */
import type { Lens, LookEvent, Picture } from "../../protocol";

interface Waiting {
  resolve(pixels: Uint8Array): void;
  reject(error: Error): void;
}

export class Looks {
  private readonly waiting = new Map<number, Waiting>();
  private next = 1;

  constructor(private readonly post: (event: LookEvent, transfer: Transferable[]) => void) {}

  /** A picture of the bodies in these poses, whose buffer goes to the page. Rejects, in words, where there is none. */
  take(poses: Float32Array<ArrayBuffer>, lens: Lens): Promise<Uint8Array> {
    const id = this.next++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.post({ type: "look", id, poses, lens }, [poses.buffer]);
    });
  }

  answer({ id, pixels, reason }: Picture): void {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (pixels === null) waiting?.reject(new Error(reason));
    else waiting?.resolve(pixels);
  }
}
