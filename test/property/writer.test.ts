import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { writeVolume } from "../../src/driver/write.ts";
import type { File } from "../../src/wire/provider.ts";

/** Files are single letters and folders are named `d…`, so that no name is ever both. */
const path = fc
  .tuple(fc.array(fc.constantFrom("d1", "d2"), { maxLength: 2 }), fc.constantFrom("a", "b", ".hidden", "ü x"))
  .map(([folders, name]) => [...folders, name].join("/"));
const file = fc.record({ path, mode: fc.constantFrom(0o400, 0o644, 0o777), contents: fc.uint8Array({ maxLength: 3 }) });
const volume = fc.uniqueArray(file, { selector: (one) => one.path, minLength: 1, maxLength: 6 });

function contentOf(files: readonly { path: string; contents: Uint8Array }[]): ReadonlyMap<string, string> {
  return new Map(files.map((one) => [one.path, Buffer.from(one.contents).toString("hex")]));
}

/** Everything that a reader finds through the visible names. */
function readBack(target: string): ReadonlyMap<string, string> {
  const found: [string, string][] = [];
  const walk = (prefix: string): void => {
    for (const name of readdirSync(join(target, prefix)).filter((one) => !one.startsWith(".."))) {
      const inner = join(prefix, name);
      if (statSync(join(target, inner)).isDirectory()) walk(inner);
      else found.push([inner, readFileSync(join(target, inner)).toString("hex")]);
    }
  };
  walk("");
  return new Map(found);
}

describe("writeVolume", () => {
  test("after any history the volume is its last answer, and a change is reported exactly when there was one", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(volume, { minLength: 1, maxLength: 5 }), async (history) => {
        const target = mkdtempSync(join(tmpdir(), "keyferry-writer-"));
        try {
          let before: ReadonlyMap<string, string> = new Map();
          for (const answer of history) {
            const files: File[] = answer.map((one) => ({ ...one, contents: Buffer.from(one.contents) }));
            const changed = await writeVolume(target, files, 0);
            const after = contentOf(answer);
            expect(readBack(target)).toEqual(after);
            expect(changed).toBe(JSON.stringify([...before].sort()) !== JSON.stringify([...after].sort()));
            expect(readdirSync(target).filter((name) => name.startsWith(".."))).toHaveLength(2);
            before = after;
          }
        } finally {
          rmSync(target, { recursive: true });
        }
      }),
      { numRuns: 60 },
    );
  });
});
