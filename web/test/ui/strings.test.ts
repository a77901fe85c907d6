import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { strings } from "../../src/ui/strings";

const SOURCES = fileURLToPath(new URL("../../src/", import.meta.url));
const UI = `${SOURCES}ui/`;

/** What nobody reads: comments, imports, lists of classes, and what only a programmer sees who broke something. */
const ASIDE =
  /\/\*[\s\S]*?\*\/|^\s*\/\/.*$|^import .*$|class(?::\s*|=)"[^"]*"|throw new Error\((?:"[^"]*"|`[^`]*`)\)/gm;
const LITERAL = /"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g;
/** A capitalised word and another, three words, or the end of a sentence. */
const SENTENCE = /^[A-Z][a-z]+ [a-z]|\b[a-z]{2,} [a-z]{2,} [a-z]{2,}\b| [\s\S]*[a-z][.?!…]$/;
/** Where a person reads, or hears, whatever stands there. */
const READ =
  /(?:\btitle|"?aria-label"?|"?aria-valuetext"?|\bplaceholder|textContent)\s*[:=,]\s*(?:"|`)(?=[^"`$]*[A-Za-z]{2})/g;
/** Text between JSX tags. */
const BETWEEN = /(?<=>)[^<>{}=;()]*[A-Za-z]{3,}[^<>{}=;()]*(?=<\/)/g;

function english(source: string): string[] {
  const program = source.replace(ASIDE, "");
  const literals = Array.from(program.matchAll(LITERAL), ([, quoted, template]) => quoted ?? template ?? "");
  const said = literals.map((literal) => literal.replace(/\$\{[^}]*\}/g, "0")).filter((text) => SENTENCE.test(text));
  return [...said, ...(program.match(READ) ?? []), ...(program.match(BETWEEN) ?? [])];
}

const isStrings = (path: string) => path.endsWith("strings.ts") || path.endsWith("/size.ts");

it("no source of the page but the strings says anything in English", () => {
  const ui = sources(UI).filter((path) => !isStrings(path));
  expect(ui.length).toBeGreaterThan(25);
  const files = [...ui, `${SOURCES}main.tsx`, `${SOURCES}gallery.tsx`, `${SOURCES}train.tsx`];
  expect(files.flatMap((file) => english(readFileSync(file, "utf8")).map((text) => [file, text]))).toEqual([]);
});

it("a sentence, a label and a tooltip would be found", () => {
  expect(english('notices.toast("The film is saved");')).toEqual(["The film is saved"]);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the source that is searched has a template
  expect(english("write(node, `${count} steps were replayed here`);")).toEqual(["0 steps were replayed here"]);
  expect(english('element("button", { title: "Reset" })')).toHaveLength(1);
  expect(english('button.setAttribute("aria-label", "Reset")')).toHaveLength(1);
  expect(english('<b title="Reset">{strings.reset}</b>')).toHaveLength(1);
  expect(english("<b>Reset</b>")).toEqual(["Reset"]);
  expect(english('/** Says it is saved. */ element("p", { class: "film panel" }, strings.saved)')).toEqual([]);
});

/** Every source of the page, below `folder`. */
function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}${entry.name}`;
    return entry.isDirectory() ? sources(`${path}/`) : /\.tsx?$/.test(path) ? [path] : [];
  });
}

it("no source writes text as HTML: what a stranger called something stays text", () => {
  const written =
    /\binnerHTML\b|\bouterHTML\s*=[^=]|insertAdjacentHTML|document\.write|createContextualFragment|srcdoc/;
  const files = sources(SOURCES);
  expect(files.length).toBeGreaterThan(100);
  expect(files.filter((file) => written.test(readFileSync(file, "utf8")))).toEqual([]);
  expect(written.test("node.innerHTML += title")).toBe(true);
});

it("no two parts of the strings use the same name", async () => {
  // The page that trains has strings of its own.
  const whole = [`${UI}strings.ts`, `${UI}training/strings.ts`];
  const parts = sources(UI).filter((path) => path.endsWith("/strings.ts") && !whole.includes(path));
  const names = await Promise.all(
    parts.map(async (part) => Object.values(await import(part)).flatMap((words) => Object.keys(words as object))),
  );
  expect(names.flat().sort()).toEqual(Object.keys(strings).sort());
});
