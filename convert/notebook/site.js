// A site without a server: what a page or a worker fetches from `origin` is answered by `ask`, modules and workers too.
// Self-contained, because its own text goes into the frame and into each worker. `files` are that text and the origin.
function serveSite(ask, files) {
  const { origin } = files;
  const real = { fetch: globalThis.fetch.bind(globalThis), Worker: globalThis.Worker };
  const ours = (url) => String(url).startsWith(origin);
  const modules = new Map();

  async function answer(url) {
    const { status, type, bytes } = await ask(String(url).slice(origin.length));
    return new Response(bytes, { status, headers: { "Content-Type": type } });
  }

  // A module as a blob, after those that it imports; what it imports later goes through `importOurs`.
  function module(url) {
    if (!modules.has(url)) modules.set(url, make(url));
    return modules.get(url);
  }

  async function make(url) {
    const response = await answer(url);
    let text = await response.text();
    if (!response.ok) throw new Error(text);
    const absolute = (path) => JSON.stringify(new URL(path, url).href);
    const needed = [...text.matchAll(/\b(?:from|import)\s*"(\.\/[^"]+)"/g)].map(([, path]) => path);
    for (const path of new Set(needed)) {
      const made = await module(new URL(path, url).href);
      text = text.replaceAll(`"${path}"`, JSON.stringify(made));
    }
    text = text
      .replace(/\bimport\(\s*(["'`])(\.\/[^"'`]+)\1\s*\)/g, (_, quote, path) => `importOurs(${absolute(path)})`)
      .replaceAll("import.meta.url", JSON.stringify(url));
    return URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  }

  globalThis.importOurs = async (url) => import(await module(url));

  globalThis.fetch = (input, options) => {
    const given = input instanceof Request ? input.url : String(input);
    const url = URL.canParse(given) ? given : new URL(given, document.baseURI).href;
    return ours(url) ? answer(url) : real.fetch(input, options);
  };

  globalThis.Worker = class extends real.Worker {
    constructor(url, options) {
      if (!ours(url)) {
        super(url, options);
        return;
      }
      const text = `${files.source}\n(${startWorker})(${JSON.stringify(files)}, ${JSON.stringify(String(url))});`;
      super(URL.createObjectURL(new Blob([text], { type: "text/javascript" })), { ...options, type: "module" });
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = async ({ data: { id, path } }) => {
        try {
          port1.postMessage({ id, value: await ask(path) });
        } catch (error) {
          port1.postMessage({ id, message: error.message });
        }
      };
      super.postMessage(port2, [port2]);
    }
  };

  // Runs in a worker: the first message is the way to the page; others wait until the worker's own module listens.
  function startWorker(files, url) {
    const early = [];
    const keep = (event) => {
      event.stopImmediatePropagation();
      early.push(event);
    };
    const begin = async ({ data: port }) => {
      const waiting = new Map();
      port.onmessage = ({ data: { id, value, message } }) => {
        const { resolve, reject } = waiting.get(id);
        waiting.delete(id);
        if (message === undefined) resolve(value);
        else reject(new Error(message));
      };
      let asked = 0;
      serveSite((path) => {
        const id = asked++;
        port.postMessage({ id, path });
        return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
      }, files);
      await globalThis.importOurs(url);
      removeEventListener("message", keep);
      for (const { data, ports } of early) dispatchEvent(new MessageEvent("message", { data, ports: [...ports] }));
    };
    addEventListener(
      "message",
      (event) => {
        event.stopImmediatePropagation();
        addEventListener("message", keep);
        begin(event).catch((error) => reportError(error));
      },
      { once: true },
    );
  }

  // A style sheet that a later part of the page brings is a <link>, which no patched `fetch` sees.
  if (globalThis.HTMLLinkElement !== undefined) {
    const href = Object.getOwnPropertyDescriptor(HTMLLinkElement.prototype, "href");
    Object.defineProperty(HTMLLinkElement.prototype, "href", {
      ...href,
      set(url) {
        if (!ours(url)) href.set.call(this, url);
        else if (this.rel === "stylesheet") {
          void answer(url)
            .then((response) => response.blob())
            .then((sheet) => href.set.call(this, URL.createObjectURL(sheet)));
        }
      },
    });
  }
}
