import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { readBounded, readFolder } from "../../../src/wiring/read-files.ts";

const folder = mkdtempSync(join(tmpdir(), "kf-read-"));

describe("a file", () => {
  test.each([0, 1, 65_536, 100_000])("of %d bytes is read whole", async (size) => {
    const path = join(folder, `f${size}`);
    writeFileSync(path, Buffer.alloc(size, "x"));
    expect((await readBounded(path)).byteLength).toBe(size);
  });

  test("that the kernel makes up is read", async () => {
    expect(Buffer.from(await readBounded("/proc/self/status")).toString()).toMatch(/^Name:/);
  });

  test.each(["/dev/zero", "/dev/urandom", "/proc/kcore", folder, join(folder, "missing")])(
    "%s is refused",
    async (path) => {
      await expect(readBounded(path)).rejects.toBeDefined();
    },
  );

  test("that is too large is refused", async () => {
    const path = join(folder, "large");
    writeFileSync(path, Buffer.alloc((4 << 20) + 1));
    await expect(readBounded(path)).rejects.toThrow(/regular file/);
  });
});

describe("a folder", () => {
  test("of a mounted Secret gives each file once", async () => {
    const mounted = mkdtempSync(join(tmpdir(), "kf-mounted-"));
    mkdirSync(join(mounted, "..2026"));
    writeFileSync(join(mounted, "..2026", "ca.pem"), "one");
    symlinkSync("..2026", join(mounted, "..data"));
    symlinkSync("..data/ca.pem", join(mounted, "ca.pem"));
    mkdirSync(join(mounted, "more"));
    writeFileSync(join(mounted, "more", "b.pem"), "two");
    expect((await readFolder(mounted)).map((bytes) => Buffer.from(bytes).toString()).sort()).toEqual(["one", "two"]);
  });

  test.each(["/", "/proc"])("%s is refused", async (path) => {
    await expect(readFolder(path)).rejects.toBeDefined();
  });
});
