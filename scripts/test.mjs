// npm test: builds, then runs every test that needs no real server. Arguments go to jest.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const jest = join(root, "node_modules", "jest", "bin", "jest.js");
const words = ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning", jest, ...process.argv.slice(2)];
const result = spawnSync(process.execPath, words, { cwd: root, stdio: "inherit" });
process.exit(result.status ?? 1);
