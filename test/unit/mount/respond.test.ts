import { describe, expect, test } from "@jest/globals";
import { parseFileMode, parseObjectPath, type VolumeFile } from "../../../src/model/file.ts";
import { Secret } from "../../../src/model/secret.ts";
import type { RenderedFile } from "../../../src/mount/render.ts";
import { respond } from "../../../src/mount/respond.ts";

function fileOf(path: string, text: string): VolumeFile {
  const [parsed, mode] = [parseObjectPath(path), parseFileMode(0o644)];
  if (parsed === undefined || mode === undefined) throw new Error("no path");
  return { path: parsed, mode, content: Secret.fromText(text) };
}

/** What entries became: each a path, a text, and its id with a version. */
function rendered(...entries: readonly (readonly [path: string, text: string, id: string])[]): readonly RenderedFile[] {
  return entries.map(([path, text, id], index) => ({
    file: { index, name: path, reads: [], paths: undefined, render: () => ({ files: [], versions: [] }) },
    output: { files: [fileOf(path, text)], versions: [{ id, version: text }] },
  }));
}

const twice = rendered(["a", "1", "x"], ["b", "2", "y"], ["a", "3", "x"]);

describe("two files of one path", () => {
  test("are a mistake where the plan says so", () => {
    expect(() => respond(twice, 1000, "refused")).toThrow(/its path "a" is also that of object 1 "a"/u);
  });

  test("are the later one where the driver keeps it", () => {
    const { files, versions } = respond(twice, 1000, "later");
    expect(files.map(({ path, content }) => [path, Buffer.from(content.reveal()).toString()])).toEqual([
      ["a", "3"],
      ["b", "2"],
    ]);
    expect(versions).toEqual([
      { id: "x", version: "3" },
      { id: "y", version: "2" },
    ]);
  });

  test.each(["refused", "later"] as const)("of which one is a folder are a mistake (%s)", (samePath) => {
    expect(() => respond(rendered(["a", "1", "x"], ["a/b", "2", "y"]), 1000, samePath)).toThrow(
      /would make one name both a file and a folder; give one of them another path/u,
    );
  });
});
