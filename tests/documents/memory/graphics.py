"""What a page asks of the graphics card: bytes of textures, render buffers, vertex buffers and of the canvas itself."""

from playwright.sync_api import Page

# Wraps WebGL's allocating calls before the page runs; three.js allocates with no others.
COUNT = """(() => {
  const bytesOf = new Map();
  const bound = {};
  const contexts = new Set();
  const proto = WebGL2RenderingContext.prototype;
  const perTexel = (gl, format) =>
    ({ [gl.R8]: 1, [gl.RG8]: 2, [gl.RGBA16F]: 8, [gl.RGBA32F]: 16, [gl.DEPTH_COMPONENT16]: 2 })[format] ?? 4;
  const wrap = (name, note) => {
    const original = proto[name];
    proto[name] = function (...given) {
      contexts.add(this);
      note(this, ...given);
      return original.apply(this, given);
    };
  };
  for (const kind of ["Texture", "Renderbuffer", "Buffer"]) {
    wrap(`bind${kind}`, (_, target, object) => { bound[kind + target] = object; });
    wrap(`delete${kind}`, (_, object) => bytesOf.delete(object));
  }
  const face = (gl, target) =>
    target >= gl.TEXTURE_CUBE_MAP_POSITIVE_X && target <= gl.TEXTURE_CUBE_MAP_NEGATIVE_Z ? gl.TEXTURE_CUBE_MAP : target;
  const texture = (gl, target) => bound["Texture" + face(gl, target)];
  const levels = (count) => (count > 1 ? 4 / 3 : 1);
  wrap("texStorage2D", (gl, target, count, format, width, height) =>
    bytesOf.set(texture(gl, target),
      width * height * perTexel(gl, format) * levels(count) * (target === gl.TEXTURE_CUBE_MAP ? 6 : 1)));
  wrap("texImage2D", (gl, target, level, format, width, height) => {
    if (level === 0 && typeof width === "number" && typeof height === "number")
      bytesOf.set(texture(gl, target), width * height * perTexel(gl, format));
  });
  wrap("renderbufferStorage", (gl, target, format, width, height) =>
    bytesOf.set(bound["Renderbuffer" + target], width * height * perTexel(gl, format)));
  wrap("renderbufferStorageMultisample", (gl, target, samples, format, width, height) =>
    bytesOf.set(bound["Renderbuffer" + target], Math.max(1, samples) * width * height * perTexel(gl, format)));
  wrap("bufferData", (gl, target, data) =>
    bytesOf.set(bound["Buffer" + target], typeof data === "number" ? data : data?.byteLength ?? 0));
  window.graphicsBytes = () => {
    let sum = 0;
    for (const bytes of bytesOf.values()) sum += bytes;
    for (const gl of contexts) {
      const samples = gl.getContextAttributes()?.antialias ? 4 : 0;
      // Colour twice (drawn and shown) and depth; with antialiasing a sampled copy of both.
      sum += gl.drawingBufferWidth * gl.drawingBufferHeight * (12 + 8 * samples);
    }
    return sum;
  };
})()"""


def count_graphics(page: Page) -> None:
    """Counts from the next navigation on."""
    page.add_init_script(COUNT)


def graphics_bytes(page: Page) -> int:
    """Bytes that are allocated now."""
    return int(page.evaluate("window.graphicsBytes()"))
