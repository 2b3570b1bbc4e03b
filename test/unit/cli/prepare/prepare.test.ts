import { chmodSync, mkdirSync, mkdtempSync, readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, test } from "@jest/globals";
import { leaveStaleSocket, startRawListener } from "../../../fakes/sockets.ts";
import { prepareDirectories } from "../../../../src/cli/prepare/prepare.ts";

const ownGroup = process.getgid?.() ?? 0;

async function prepare(...directories: readonly string[]) {
  let said = "";
  const add = (text: string) => void (said += text);
  const code = await prepareDirectories({
    directories,
    group: ownGroup,
    serve: ["keyferry", "vault"],
    out: add,
    err: add,
    now: () => Date.now(),
    wait: (milliseconds) => wait(milliseconds),
  });
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

  test("removes dead sockets of its providers and what was left of making one, and nothing else", async () => {
    const path = folder(0o755);
    for (const name of ["keyferry", "aws"]) await leaveStaleSocket(join(path, `${name}.sock`));
    const close = await startRawListener(join(path, "vault.sock"));
    for (const name of [".kf-old123", ".kf-new123", ".kf-other"]) mkdirSync(join(path, name));
    writeFileSync(join(path, ".kf-old123", "s"), "");
    const before = new Date(Date.now() - 120_000);
    for (const name of [".kf-old123", ".kf-other"]) utimesSync(join(path, name), before, before);
    const { code, said } = await prepare(path);
    await close();
    expect(code).toBe(0);
    expect(readdirSync(path).toSorted()).toEqual([".kf-new123", ".kf-other", "aws.sock"]);
    expect(said).toContain(`${join(path, "keyferry.sock")}: removed, nobody served it\n`);
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
