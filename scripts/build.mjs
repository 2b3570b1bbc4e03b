// Bundles the command line into dist/: ESM, one chunk per store's client, loaded on first use.
//
//   node scripts/build.mjs [--test]    --test also builds build/, the daemon with stub stores that tests and bench run
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

function commit() {
  const git = spawnSync("git", ["rev-parse", "--short=12", "HEAD"], { cwd: root, encoding: "utf8" });
  return process.env.KEYFERRY_COMMIT ?? (git.status === 0 ? git.stdout.trim() : "unknown");
}

const { version, engines } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node22",
  splitting: true,
  sourcemap: true,
  sourcesContent: false,
  minifySyntax: true,
  minifyWhitespace: true,
  logLevel: "warning",
  // node-vault's own HTTP client, which ours takes the place of, and a colour check that is not installed.
  alias: { axios: join(root, "scripts", "noop.mjs") },
  external: ["supports-color"],
  define: {
    __KEYFERRY_VERSION__: JSON.stringify(version),
    // Out of ">=22.19".
    __KEYFERRY_NODE__: JSON.stringify(engines.node.replace(/^>=/, "")),
    __KEYFERRY_COMMIT__: JSON.stringify(commit()),
    // As src/wire/load-proto.ts, which is in a chunk, sees the copies made below.
    __KEYFERRY_LAST_LINE__: JSON.stringify("../last-line.js"),
    __KEYFERRY_PROTO_FOLDER__: JSON.stringify("../proto/"),
    // As src/wiring/child-process.ts, which is in a chunk, sees the entry of the child that does heavy work.
    __KEYFERRY_CHILD__: JSON.stringify("../child.js"),
    // As src/dialects/keyferry/templates/load-liquid.ts, which is in a chunk, sees the copy of the template engine.
    __KEYFERRY_LIQUID__: JSON.stringify("../liquid.cjs"),
  },
  // CommonJS dependencies call require for Node's own modules.
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
};

/** Folders of the packages that something was taken from: what the bill of materials and the notices are about. */
function packagesOf({ inputs }) {
  const folders = Object.keys(inputs).flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []);
  return [...new Set(folders)].sort();
}

async function bundle(entryPoints, outdir) {
  rmSync(join(root, outdir), { recursive: true, force: true });
  const { metafile } = await build({
    ...shared,
    entryPoints,
    outdir,
    chunkNames: "chunks/[name]-[hash]",
    metafile: true,
  });
  cpSync(join(root, "proto"), join(root, outdir, "proto"), { recursive: true });
  // Apart, because it is loaded without a pause, and by those who mount templates only.
  const { metafile: apart } = await build({
    ...shared,
    splitting: false,
    format: "cjs",
    banner: {},
    entryPoints: { liquid: "node_modules/liquidjs/dist/liquid.node.mjs" },
    outdir,
    outExtension: { ".js": ".cjs" },
    metafile: true,
  });
  const packages = packagesOf({ inputs: { ...metafile.inputs, ...apart.inputs } });
  writeFileSync(join(root, outdir, "packages.json"), `${JSON.stringify(packages, null, 2)}\n`);
}

// Besides the command line: the child that does heavy work, and the thread of the last line of defence.
const others = { child: "src/child.ts", "last-line": "src/wiring/last-line/worker.ts" };
await bundle({ main: "src/main.ts", ...others }, "dist");
chmodSync(join(root, "dist", "main.js"), 0o755);
if (process.argv.includes("--test")) {
  const main = "test/daemon/main.ts";
  if (existsSync(join(root, main))) await bundle({ main, ...others }, "build");
}
