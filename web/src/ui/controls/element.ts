/** Builds DOM elements in one expression. */

type Attribute = string | number | boolean | null;

/** An element with attributes (false and null leave one out) and children. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, Attribute>> = {},
  ...children: (Node | string | null)[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === false) continue;
    node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child !== null) node.append(child);
  return node;
}

/** The element of index.html with this id; the page is broken without it. */
export function required<T extends HTMLElement>(id: string, type: { new (): T; readonly name: string }): T {
  const node = document.getElementById(id);
  if (!(node instanceof type)) throw new Error(`index.html has no ${type.name} with the id "${id}".`);
  return node;
}

/** Sets the text only where it changes, so that nothing is laid out again for nothing. */
export function write(node: HTMLElement, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** Line icons on a 24-unit grid; `fill` ones are solid. */
export const ICONS = {
  play: { fill: true, path: "M8 5.2v13.6a.8.8 0 0 0 1.2.7l10.9-6.8a.8.8 0 0 0 0-1.4L9.2 4.5a.8.8 0 0 0-1.2.7z" },
  pause: { fill: true, path: "M7 5h3.4v14H7zM13.6 5H17v14h-3.400z" },
  step: {
    fill: true,
    path: "M6 5.600v12.800a.7.7 0 0 0 1.1.6l9-6.400a.7.7 0 0 0 0-1.200l-9-6.400a.7.7 0 0 0-1.1.6zM17 5h2.400v14H17z",
  },
  reset: { fill: false, path: "M4.5 12a7.5 7.5 0 1 0 2.6-5.700M4.2 4.200v4.200h4.2" },
  push: { fill: false, path: "M4 12h12.500M11.5 6.5 17 12l-5.5 5.500M20.5 5v14" },
  hand: {
    fill: false,
    path: "M8.500 13V7a1.500 1.500 0 0 1 3 0v4M11.500 10.500V5.200a1.500 1.500 0 0 1 3 0v5.300M14.500 11V6.800a1.500 1.500 0 0 1 3 0v7.700c0 3.300-2 5.500-5.200 5.500-2.500 0-3.900-1.100-5.200-3.300L5.100 13.500a1.400 1.400 0 0 1 2.300-1.500l1.100 1.400",
  },
  pin: { fill: false, path: "M9 4.500h6M10 4.500l-.5 5.500L7 13.500h10L14.500 10l-.5-5.500M12 13.500v6.500" },
  more: { fill: false, path: "M4 7h10M18 7h2M4 17h2M10 17h10M16 4.800v4.400M8 14.800v4.4" },
  help: { fill: false, path: "M9 9.200a3 3 0 1 1 4.3 2.700c-.9.4-1.3 1-1.3 2v.4M12 17.600v.1" },
  gauge: { fill: false, path: "M4.5 17.500a8.5 8.5 0 1 1 15 0M12 14l4-4.5" },
  close: { fill: false, path: "M6.5 6.500l11 11M17.5 6.500l-11 11" },
  check: { fill: false, path: "M5.5 12.500l4.3 4.3 8.7-9.6" },
  cross: { fill: false, path: "M7 7l10 10M17 7 7 17" },
  keep: { fill: false, path: "M12 4v10.5M7.500 10.5 12 15l4.500-4.500M5 19.500h14" },
  open: { fill: false, path: "M12 15V4.500M7.500 9 12 4.500 16.500 9M5 19.500h14" },
  table: { fill: false, path: "M4.500 5.500h15v13h-15zM4.500 10h15M4.500 14.300h15M10 5.500v13" },
  picture: {
    fill: false,
    path: "M4.500 8h3l1.500-2.500h6L16.500 8h3v11h-15zM12 16.300a3.100 3.100 0 1 0 0-6.200 3.100 3.100 0 0 0 0 6.200z",
  },
  record: { fill: true, path: "M12 5.500a6.500 6.500 0 1 1 0 13 6.500 6.500 0 0 1 0-13z" },
  view: {
    fill: false,
    path: "M3 12c2.200-4.200 5.200-6.300 9-6.300s6.800 2.100 9 6.300c-2.200 4.200-5.200 6.300-9 6.300S5.200 16.200 3 12zM12 14.800a2.800 2.800 0 1 0 0-5.600 2.800 2.800 0 0 0 0 5.600z",
  },
  choose: { fill: false, path: "M6.500 9.500 12 15l5.500-5.500" },
  share: {
    fill: false,
    path: "M8.800 10.800l6.400-3.600M8.800 13.200l6.400 3.600M6.500 14.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5zM17.500 8.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5zM17.500 20.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z",
  },
  whole: { fill: false, path: "M13.500 5H19v5.500M19 5l-8 8M16.500 13.500V19H5V7.500h5.500" },
  wait: { fill: false, path: "M12 4.500a7.5 7.5 0 1 1-7.5 7.5" },
} as const;

export type IconName = keyof typeof ICONS;

export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("icon");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  const { fill, path: d } = ICONS[name];
  path.setAttribute("d", d);
  svg.classList.toggle("solid", fill);
  svg.append(path);
  return svg;
}
