import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const main = join(root, "dist", "main.js");

function keyferry(words: readonly string[]): { readonly status: number | null; readonly said: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...words], { cwd: root, encoding: "utf8" });
  return { status, said: stdout + stderr };
}

function filesUnder(folder: string, ending: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name))
    .sort();
}

/** SecretProviderClasses of the examples; the one that shows mistakes is left to the demo. */
const examples = filesUnder("examples", ".yaml").filter(
  (file) =>
    !file.endsWith("failing.yaml") && /^kind: SecretProviderClass$/m.test(readFileSync(join(root, file), "utf8")),
);

/** Examples whose store needs no network, with their operator configuration. */
const mountable = examples.filter((file) => filesUnder(dirname(file), "keyferry.yaml").length > 0);

describe("examples", () => {
  test.each(examples)("%s lints clean", (file) => {
    const config = filesUnder(dirname(file), "keyferry.yaml").flatMap((one) => ["--config", one]);
    expect(keyferry(["lint", "-f", file, ...config])).toMatchObject({ status: 0 });
  });

  test.each(mountable)("%s mounts", (file) => {
    const target = join(mkdtempSync(join(tmpdir(), "kf-example-")), "volume");
    const config = join(dirname(file), "keyferry.yaml");
    expect(keyferry(["mount", "-f", file, "--config", config, "--target", target])).toMatchObject({ status: 0 });
  });

  test("the failing one fails, with each of its mistakes named", () => {
    const { status, said } = keyferry(["lint", "-f", "examples/demo/failing.yaml"]);
    expect(status).toBe(1);
    expect(said).toMatch(/jmesPath[\s\S]*objectAlias[\s\S]*filePermission/);
  });
});

/** Complete manifests in the documentation; those with an ellipsis are excerpts. */
const documented = [...filesUnder("docs", ".md"), "README.md", "CONTRIBUTING.md"].flatMap((file) =>
  [...readFileSync(join(root, file), "utf8").matchAll(/```yaml\n([\s\S]*?)```/g)]
    .map((match) => match[1] ?? "")
    .filter((text) => /^kind: SecretProviderClass$/m.test(text) && !text.includes("…"))
    .map((text, index) => ({ name: `${file} #${index + 1}`, text })),
);

describe("manifests in the documentation", () => {
  test.each(documented)("$name lints clean", ({ text }) => {
    const file = join(mkdtempSync(join(tmpdir(), "kf-doc-")), "manifest.yaml");
    writeFileSync(file, text);
    expect(keyferry(["lint", "-f", file])).toMatchObject({ status: 0 });
  });

  test("are there", () => {
    expect(documented.length).toBeGreaterThan(0);
  });
});
