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
    expect(() => respond(twice, 1000, "refused", "/t")).toThrow(/its path "a" is also that of object 1 "a"/u);
  });

  test("are the later one where the driver keeps it", () => {
    const { files, versions } = respond(twice, 1000, "later", "/t");
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
    expect(() => respond(rendered(["a", "1", "x"], ["a/b", "2", "y"]), 1000, samePath, "/t")).toThrow(
      /would make one name both a file and a folder; give one of them another path/u,
    );
  });
});

describe("a path below the volume's folder", () => {
  const target = "/var/lib/kubelet/pods/0d6f/volumes/kubernetes.io~csi/secrets/mount";
  /** A path of so many bytes. */
  const pathOf = (bytes: number) => {
    const whole = "x".repeat(250).concat("/").repeat(20);
    return `${whole.slice(0, bytes - 1).replace(/\/$/u, "x")}y`;
  };
  const room = 4096 - 40 - target.length - 1;

  test("is as long as the driver can write it", () => {
    expect(respond(rendered([pathOf(room), "1", "x"]), 10_000, "refused", target).files).toHaveLength(1);
  });

  test("is refused where the driver would fail half-way, by object", () => {
    const long = rendered(["a", "1", "x"], [pathOf(room + 1), "2", "y"]);
    expect(() => respond(long, 10_000, "refused", target)).toThrow(
      new RegExp(`path is too long: it has ${room + 1} bytes, and in this volume there is room for ${room}`, "u"),
    );
  });
});
