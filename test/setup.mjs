// Before any test: what the end-to-end tests start is built from the sources as they are. KEYFERRY_SKIP_BUILD=1 keeps
// the build that is there, for running one unit test again and again.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export default function setup() {
  if (process.env.KEYFERRY_SKIP_BUILD === "1") return;
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  const result = spawnSync(process.execPath, [join(root, "scripts", "build.mjs"), "--test"], {
    cwd: root,
    encoding: "utf8",
  });
  if (result.status !== 0) throw new Error(`build failed:\n${result.stdout}${result.stderr}`);
}
