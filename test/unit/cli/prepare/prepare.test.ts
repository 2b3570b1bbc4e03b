import { chmodSync, mkdtempSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { prepareDirectories } from "../../../../src/cli/prepare/prepare.ts";

const ownGroup = process.getgid?.() ?? 0;

async function prepare(...directories: readonly string[]) {
  let said = "";
  const add = (text: string) => void (said += text);
  const code = await prepareDirectories({ directories, group: ownGroup, out: add, err: add });
  return { code, said };
}

function folder(mode: number): string {
  const path = mkdtempSync(join(tmpdir(), "kf-prepare-"));
  chmodSync(path, mode);
  return path;
}

const modeOf = (path: string) => (statSync(path).mode & 0o7777).toString(8);

describe("keyferry prepare", () => {
  test.each([
    { before: 0o755, after: "1775" },
    { before: 0o700, after: "1770" },
    { before: 0o1777, after: "1777" },
    { before: 0o2750, after: "3770" },
  ])("adds the group's rights and the sticky bit to $before, and nothing else", async ({ before, after }) => {
    const path = folder(before);
    expect((await prepare(path)).code).toBe(0);
    expect([modeOf(path), statSync(path).gid]).toEqual([after, ownGroup]);
    expect((await prepare(path)).code).toBe(0);
    expect(modeOf(path)).toBe(after);
  });

  test("makes a folder that is not there", async () => {
    const path = join(folder(0o755), "run", "providers");
    expect((await prepare(path)).code).toBe(0);
    expect(modeOf(path)).toBe("1775");
  });

  test("names a folder that cannot be had, and goes on with the others", async () => {
    const good = folder(0o755);
    const file = join(folder(0o755), "file");
    writeFileSync(file, "");
    const { code, said } = await prepare(join(file, "below"), good);
    expect([code, modeOf(good)]).toEqual([1, "1775"]);
    expect(said).toMatch(/file\/below cannot be given.*a part of the path is no folder/);
  });
});
