// Makes src/proto/provider.ts from proto/provider.proto. `--check` compares instead of writing: exit 1 when out of step.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const target = join(root, "src", "proto", "provider.ts");
const out = mkdtempSync(join(tmpdir(), "keyferry-proto-"));
const template = {
  version: "v2",
  plugins: [
    {
      local: join(root, "node_modules", ".bin", "protoc-gen-ts_proto"),
      out,
      opt: ["esModuleInterop=true", "env=node", "outputServices=none", "outputJsonMethods=false", "importSuffix=.js"],
    },
  ],
};
try {
  const buf = spawnSync(
    join(root, "node_modules", ".bin", "buf"),
    ["generate", "proto", "--path", "proto/provider.proto", "--template", JSON.stringify(template)],
    { cwd: root, encoding: "utf8" },
  );
  if (buf.status !== 0) throw new Error(`buf generate failed: ${buf.error ?? ""}${buf.stderr}`);
  const text = readFileSync(join(out, "provider.ts"), "utf8").replace(
    /^\/\/ +(protoc|protoc-gen-ts_proto) +v.*\n/gm,
    "",
  );
  if (!process.argv.includes("--check")) writeFileSync(target, text);
  else if (readFileSync(target, "utf8") !== text) {
    process.stderr.write("src/proto/provider.ts is out of step with proto/provider.proto: run npm run generate\n");
    process.exitCode = 1;
  }
} finally {
  rmSync(out, { recursive: true, force: true });
}
