/**
 * The rooms of the page, and who may import from whom (docs/architecture.md). `npm run check` runs this.
 *
 * It calls dependency-cruiser as a library: its command refuses Node 20, and its warning that TypeScript 7 has no API does
 * not matter here, since swc is what parses.
 */
import { cruise } from "dependency-cruiser";

/** Files of `from` import only from themselves, from `allowed`, and from packages. */
function only(from, allowed) {
  return {
    name: `${from}-imports-only-${allowed.join("-") || "itself"}`,
    severity: "error",
    from: { path: `^src/${from}/` },
    to: { path: "^src/", pathNot: `^src/(${[from, "generated", ...allowed].join("|")})/` },
  };
}

/** The same inside of the worker. */
function worker(from, allowed) {
  return {
    name: `worker-${from}-imports-only-${allowed.join("-") || "itself"}`,
    severity: "error",
    from: { path: `^src/worker/${from}/` },
    to: { path: "^src/worker/", pathNot: `^src/worker/(${[from, ...allowed].join("|")})/` },
  };
}

const forbidden = [
  { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
  {
    name: "no-orphans",
    severity: "error",
    from: { orphan: true, path: "^src/" },
    to: {},
  },
  only("protocol", []),
  only("files", []),
  only("worker", ["protocol", "files"]),
  only("player", ["protocol", "files"]),
  only("view", ["protocol"]),
  only("rewards", ["protocol"]),
  only("ui", ["protocol", "files", "player", "view", "rewards"]),
  worker("physics", []),
  worker("bundle", []),
  worker("scene", ["physics"]),
  worker("env", ["physics", "bundle"]),
  worker("policy", ["physics", "bundle", "env"]),
  worker("perturbation", ["physics", "bundle", "env"]),
  worker("recording", ["physics", "bundle", "perturbation"]),
  worker("sight", ["physics", "env", "policy"]),
  worker("simulation", ["physics", "bundle", "env", "policy", "perturbation", "recording", "sight"]),
  worker("frames", ["physics", "policy", "perturbation", "simulation"]),
  worker("playback", ["physics", "bundle", "perturbation", "recording", "sight", "simulation", "frames"]),
  worker("swarm", ["physics", "bundle", "scene", "perturbation", "policy", "simulation", "playback"]),
  worker("export", ["bundle", "env", "physics", "policy", "simulation"]),
  worker("training", ["bundle", "env", "physics", "policy", "simulation", "export"]),
  worker("bench", ["physics", "bundle", "policy", "simulation", "playback"]),
  worker("verify", ["physics", "bundle", "env", "policy", "sight", "simulation"]),
];

const { output } = await cruise(["src"], {
  doNotFollow: { path: "node_modules" },
  tsPreCompilationDeps: true,
  parser: "swc",
  enhancedResolveOptions: { extensions: [".ts", ".tsx", ".mjs", ".js", ".json"] },
  ruleSet: { forbidden },
  validate: true,
});
const { violations, totalCruised, totalDependenciesCruised } = output.summary;
for (const { rule, from, to, cycle } of violations)
  console.error(`${rule.name}: ${[from, ...(cycle?.map(({ name }) => name) ?? [to])].join(" → ")}`);
if (violations.length > 0 || totalDependenciesCruised < 300) {
  console.error(`${violations.length} imports break the rules of web/rooms.mjs.`);
  process.exit(1);
}
console.log(`${totalCruised} modules, ${totalDependenciesCruised} imports: none breaks the rules of the rooms.`);
