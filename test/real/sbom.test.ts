import { spawnSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { tool } from "../../scripts/tools.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** Validates by the schema that the library of CycloneDX carries; prints what is wrong. */
const program = `
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(open(sys.argv[1]).read())
print("" if problem is None else problem)
`;

const library = tool("cyclonedx");

(library === undefined ? describe.skip : describe)("the bill of materials", () => {
  test("is CycloneDX 1.6", () => {
    const folder = mkdtempSync(join(tmpdir(), "kf-sbom-"));
    const bill = join(folder, "sbom.cdx.json");
    const made = spawnSync(process.execPath, ["scripts/sbom.mjs", bill, join(folder, "notices.txt")], { cwd: root });
    expect(made.status).toBe(0);
    const env = { ...process.env, PYTHONPATH: dirname(dirname(dirname(library ?? ""))) };
    const checked = spawnSync("python3", ["-c", program, bill], { env, encoding: "utf8" });
    expect([checked.status, checked.stdout.trim(), checked.stderr]).toEqual([0, "", ""]);
  });
});
