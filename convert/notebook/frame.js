// The widget: the page in a frame of the cell, its files from the kernel, and the kernel's calls to its player.
const ORIGIN = "https://bbconvert.invalid/";
const PATIENCE_MS = 8000;
const ARRAYS = { Float64Array, Float32Array, Int32Array, Uint8Array };

// The page's own files are the same for all players of a notebook.
const kept = new Map();

export default {
  render({ model, el }) {
    const view = crypto.randomUUID();
    const kernel = talkTo(model);
    const said = document.createElement("p");
    said.setAttribute("role", "status");
    said.style.cssText = "margin:0;padding:1em;font:14px system-ui,sans-serif;opacity:.75";
    el.append(said);
    const missing = ["DecompressionStream", "MessageChannel", "Worker"].filter((name) => !(name in globalThis));
    if (missing.length > 0) {
      said.textContent = `This browser has no ${missing.join(", no ")}: the page needs one of 2023 or newer.`;
      return () => kernel.close();
    }
    said.textContent = "Fetching the page from Python…";
    const late = setTimeout(() => {
      said.textContent = "Python is busy: the page comes when the cell that runs has ended.";
    }, PATIENCE_MS);
    const ask = (path) => {
      const key = `${model.get("version")}/${path}`;
      if (!path.startsWith("assets/")) return kernel.file(path);
      if (!kept.has(key)) kept.set(key, kernel.file(path));
      return kept.get(key);
    };
    let player = null;
    const fail = (error) => {
      clearTimeout(late);
      said.textContent = `The page could not be opened: ${error.message}`;
      if (!said.isConnected) el.prepend(said);
      kernel.failed(view, error.message);
    };
    kernel.calls(view, async (method, args) => {
      const target = await player;
      return typeof target[method] === "function" ? await target[method](...args) : target[method];
    });
    open(model, ask)
      .then((frame) => {
        clearTimeout(late);
        frame.style.cssText = `display:block;width:100%;height:${model.get("height")}px;border:0;border-radius:12px`;
        // A frame that is moved in the document loads anew: its player is another one.
        frame.addEventListener("load", () => {
          if (player !== null) kernel.gone(view);
          // A module of the page defines it; the frame's own script tells when that has run.
          player = frame.contentWindow.begun.then(() => frame.contentWindow.bbconvert.ready);
          player.then(() => kernel.ready(view)).catch(fail);
        });
        el.replaceChildren(frame);
      })
      .catch(fail);
    return () => {
      kernel.close();
      kernel.gone(view);
    };
  },
};

/** The frame: the page's document, told to fetch from the kernel. Its query is in the base address. */
async function open(model, ask) {
  const text = async (path) => new TextDecoder().decode((await ask(path)).bytes);
  const [page, source] = [await text("index.html"), model.get("site")];
  const html = new DOMParser().parseFromString(page, "text/html");
  const entry = new URL(html.querySelector("script[type=module]").getAttribute("src"), ORIGIN).href;
  const sheets = [...html.querySelectorAll("link[rel=stylesheet]")].map((link) => link.getAttribute("href"));
  for (const tag of html.querySelectorAll("link, script, meta[http-equiv]")) tag.remove();
  for (const sheet of sheets) {
    const style = html.createElement("style");
    style.textContent = await text(sheet.replace("./", ""));
    html.head.append(style);
  }
  const base = html.createElement("base");
  base.href = `${ORIGIN}?${model.get("query")}`;
  html.head.prepend(base);
  const script = html.createElement("script");
  const files = { origin: ORIGIN, source };
  script.textContent = `${source}
    serveSite((path) => frameElement.ask(path), ${JSON.stringify(files).replaceAll("<", "\\u003c")});
    globalThis.begun = importOurs(${JSON.stringify(entry)});`;
  html.body.append(script);
  const frame = document.createElement("iframe");
  frame.ask = ask;
  frame.title = "bbconvert";
  frame.allow = "fullscreen; gamepad; clipboard-write";
  frame.srcdoc = `<!doctype html>${html.documentElement.outerHTML}`;
  return frame;
}

/** Messages to and from `PageWidget`; what each holds is told in convert/notebook/widget.py. */
function talkTo(model) {
  const waiting = new Map();
  let answerCall = null;
  let here = null;
  const receive = async (message, buffers) => {
    if (message.kind === "file") {
      const { resolve, reject } = waiting.get(message.id) ?? {};
      waiting.delete(message.id);
      if (resolve === undefined) return;
      try {
        const bytes = await inflated(buffers[0], message.gzip);
        resolve({ status: message.status, type: message.type, bytes });
      } catch (error) {
        reject(error);
      }
    } else if (message.kind === "call" && message.view === here) {
      try {
        const sent = [];
        const value = pack(await answerCall(message.method, unpack(message.args, buffers)), sent);
        model.send({ kind: "result", id: message.id, value }, undefined, sent);
      } catch (error) {
        model.send({ kind: "failure", id: message.id, message: error.message });
      }
    }
  };
  model.on("msg:custom", receive);
  return {
    file(path) {
      const id = crypto.randomUUID();
      model.send({ kind: "ask", id, path });
      return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
    },
    calls(view, answer) {
      here = view;
      answerCall = answer;
    },
    ready: (view) => model.send({ kind: "ready", view }),
    failed: (view, message) => model.send({ kind: "broken", view, message }),
    gone: (view) => model.send({ kind: "gone", view }),
    close: () => model.off("msg:custom", receive),
  };
}

async function inflated(view, gzip) {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  if (!gzip) return bytes.slice().buffer;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return await new Response(stream).arrayBuffer();
}

/** Arrays become references to binary buffers; what JSON has no word for becomes null. */
function pack(value, buffers) {
  if (ArrayBuffer.isView(value)) return binary(value, buffers);
  if (Object.prototype.toString.call(value) === "[object ArrayBuffer]") {
    return { ...binary(new Uint8Array(value), buffers), array: "ArrayBuffer" };
  }
  if (Array.isArray(value)) return value.map((item) => pack(item, buffers));
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, pack(item, buffers)]));
  }
  if (typeof value === "number" && !Number.isFinite(value)) return { number: String(value) };
  return value ?? null;
}

function binary(array, buffers) {
  buffers.push(array.buffer.slice(array.byteOffset, array.byteOffset + array.byteLength));
  return { array: array.constructor.name, buffer: buffers.length - 1 };
}

function unpack(value, buffers) {
  if (Array.isArray(value)) return value.map((item) => unpack(item, buffers));
  if (value === null || typeof value !== "object") return value;
  if ("buffer" in value) {
    const { buffer, byteOffset, byteLength } = buffers[value.buffer];
    const bytes = buffer.slice(byteOffset, byteOffset + byteLength);
    return value.array === "ArrayBuffer" ? bytes : new ARRAYS[value.array](bytes);
  }
  if ("number" in value) return Number(value.number);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unpack(item, buffers)]));
}
