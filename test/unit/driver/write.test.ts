import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
} from "node:fs";
import { rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { writeVolume } from "../../../src/driver/write.ts";

const now = Date.UTC(2026, 4, 1, 10, 2, 3);
const folderName = /^\.\.2026_05_01_10_02_03\.\w{6}$/;

function file(path: string, text: string, mode = 0o644) {
  return { path, mode, contents: Buffer.from(text) };
}

let root: string;
let target: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "keyferry-write-"));
  target = join(root, "volume");
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

function read(path: string): string {
  return readFileSync(join(target, path), "utf8");
}

function list(): readonly string[] {
  return readdirSync(target).sort();
}

describe("writeVolume", () => {
  test("lays a volume out as the driver does", async () => {
    expect(await writeVolume(target, [file("db", "s3cret"), file("conf/a/b", "x"), file("conf/c", "")], now)).toBe(
      true,
    );
    const [folder = "", ...others] = list();
    expect(folder).toMatch(folderName);
    expect(others).toEqual(["..data", "conf", "db"]);
    expect(readlinkSync(join(target, "..data"))).toBe(folder);
    expect(readlinkSync(join(target, "db"))).toBe("..data/db");
    expect(readlinkSync(join(target, "conf"))).toBe("..data/conf");
    expect([read("db"), read("conf/a/b"), read("conf/c")]).toEqual(["s3cret", "x", ""]);
    expect(lstatSync(join(target, folder)).mode & 0o777).toBe(0o755);
  });

  test.each([0o400, 0o600, 0o644, 0o666, 0o777])("gives mode %d whatever the umask", async (mode) => {
    await writeVolume(target, [file("f", "x", mode)], now);
    expect(statSync(join(target, "f")).mode & 0o7777).toBe(mode);
  });

  test("writes contents and names byte for byte", async () => {
    const contents = Buffer.from([0, 255, 10, 128]);
    await writeVolume(target, [{ path: "ü\n/back\\slash", mode: 0o644, contents }], now);
    expect(readFileSync(join(target, "ü\n/back\\slash"))).toEqual(contents);
  });

  test.each([
    { is: "the same again", files: [file("a", "1"), file("d/b", "2")], changed: false },
    { is: "another order", files: [file("d/b", "2"), file("a", "1")], changed: false },
    { is: "another mode alone", files: [file("a", "1", 0o600), file("d/b", "2")], changed: false },
    { is: "no files at all", files: [], changed: false },
    { is: "other bytes", files: [file("a", "1"), file("d/b", "3")], changed: true },
    { is: "a new file", files: [file("a", "1"), file("d/b", "2"), file("c", "")], changed: true },
    { is: "a file less", files: [file("a", "1")], changed: true },
  ])("says whether something changed: $is", async ({ files, changed }) => {
    await writeVolume(target, [file("a", "1"), file("d/b", "2")], now);
    const before = readlinkSync(join(target, "..data"));
    expect(await writeVolume(target, files, now + 1000)).toBe(changed);
    expect(readlinkSync(join(target, "..data")) !== before).toBe(changed);
    expect(list().filter((name) => name.startsWith("..2"))).toHaveLength(1);
  });

  test("removes what vanished and keeps what stayed", async () => {
    await writeVolume(target, [file("a", "1"), file("d/b", "2"), file("d/c", "3")], now);
    await writeVolume(target, [file("d/c", "3"), file("e", "4")], now);
    expect(list().slice(1)).toEqual(["..data", "d", "e"]);
    expect(readdirSync(join(target, "d"))).toEqual(["c"]);
  });

  test("of a path given twice the last one wins", async () => {
    await writeVolume(target, [file("a", "1"), file("b", "2"), file("a", "3")], now);
    expect(read("a")).toBe("3");
  });

  test.each(["", "/x", "../x", "..x", "a//b", "a/", "./a", ".", "a\0b", "e".repeat(256)])(
    "refuses the path %j before it writes anything",
    async (path) => {
      const writing = writeVolume(target, [file("good", "1"), file(path, "2")], now);
      await expect(writing).rejects.toMatchObject({ name: "DriverFailure", code: 2, errorType: "FileWriteError" });
      expect(existsSync(target)).toBe(false);
    },
  );

  test("refuses a name that is both file and folder, within an answer and against the volume", async () => {
    await expect(writeVolume(target, [file("a", "1"), file("a/b", "2")], now)).rejects.toThrow('"a" and "a/b"');
    expect(existsSync(target)).toBe(false);
    await writeVolume(target, [file("a", "1")], now);
    await expect(writeVolume(target, [file("a/b", "2")], now)).rejects.toThrow("until the pod restarts");
    expect(read("a")).toBe("1");
  });

  describe("leaves alone what it did not write", () => {
    test("a directory with files of its own is no volume", async () => {
      mkdirSync(target);
      writeFileSync(join(target, "notes.txt"), "mine");
      await expect(writeVolume(target, [file("a", "1")], now)).rejects.toThrow(/is not empty and is no volume.*notes/);
      expect(list()).toEqual(["notes.txt"]);
    });

    test("a stranger in a volume stays, but is not written over", async () => {
      await writeVolume(target, [file("a", "1")], now);
      writeFileSync(join(target, "notes.txt"), "mine");
      await expect(writeVolume(target, [file("notes.txt", "2")], now)).rejects.toThrow("is in the way");
      expect(await writeVolume(target, [file("b", "2")], now)).toBe(true);
      expect(list().slice(1)).toEqual(["..data", "b", "notes.txt"]);
      expect(read("notes.txt")).toBe("mine");
    });

    test("a `..data` that points elsewhere is not followed", async () => {
      const elsewhere = join(root, "elsewhere");
      mkdirSync(elsewhere);
      writeFileSync(join(elsewhere, "precious"), "mine");
      mkdirSync(target);
      symlinkSync(elsewhere, join(target, "..data"));
      await expect(writeVolume(target, [file("a", "1")], now)).rejects.toThrow("is no volume");
      expect(readdirSync(elsewhere)).toEqual(["precious"]);
    });

    test("a file as target is refused", async () => {
      writeFileSync(target, "mine");
      await expect(writeVolume(target, [file("a", "1")], now)).rejects.toThrow(
        /cannot be written: a part of the path is no folder/,
      );
      expect(readFileSync(target, "utf8")).toBe("mine");
    });
  });

  test("goes on where a killed writer stopped", async () => {
    mkdirSync(join(target, "..2026_05_01_10_02_00.abc123"), { recursive: true });
    symlinkSync("..2026_05_01_10_02_00.abc123", join(target, "..data_tmp"));
    symlinkSync("..data/a", join(target, "a"));
    expect(await writeVolume(target, [file("a", "1")], now)).toBe(true);
    expect(read("a")).toBe("1");
    expect(existsSync(join(target, "..data_tmp"))).toBe(false);
  });

  test("leaves nothing behind when writing fails half-way", async () => {
    await writeVolume(target, [file("a", "1")], now);
    const long = Array.from({ length: 16 }, () => "d".repeat(253)).join("/");
    await expect(writeVolume(target, [file("b", "2"), file(`${long}/x`, "3")], now)).rejects.toThrow("name too long");
    expect(list().slice(1)).toEqual(["..data", "a"]);
    expect(read("a")).toBe("1");
  });

  test("makes a target that is not there, under an unusual mode too", async () => {
    mkdirSync(target, { mode: 0o700 });
    chmodSync(target, 0o700);
    await writeVolume(join(target, "deep", "er"), [file("a", "1")], now);
    expect(readFileSync(join(target, "deep", "er", "a"), "utf8")).toBe("1");
  });
});
