/** Writes src/generated/constants.ts: the numbers that Python and the page share, from the manifest's schema. */
import { readFileSync, writeFileSync } from "node:fs";

const schema = JSON.parse(readFileSync(new URL("../docs/bundle.schema.json", import.meta.url), "utf8"));
const lines = Object.entries(schema["x-constants"]).map(([name, value]) => `export const ${name} = ${value};\n`);
writeFileSync(
  new URL("src/generated/constants.ts", import.meta.url),
  `/** From docs/bundle.schema.json; what each means is said in convert/constants.py. */\n${lines.join("")}`,
);
