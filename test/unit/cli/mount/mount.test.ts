import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { mountOnce, type MountOnceOptions, type MountOnceOutside } from "../../../../src/cli/mount/mount.ts";
import { MountError } from "../../../../src/model/error.ts";
import type { FileMode, ObjectPath } from "../../../../src/model/file.ts";
import type { MountLimits, MountRequest, MountResponse } from "../../../../src/model/request.ts";
import { Secret } from "../../../../src/model/secret.ts";
import { admit } from "../../../../src/mount/admit.ts";
import { startBareProvider, type BareAnswer, type BareProvider } from "../../../driver/bare-provider.ts";

const now = Date.UTC(2026, 4, 1, 10, 0, 0);

function manifest(name: string, provider = "keyferry"): string {
  return [
    "apiVersion: secrets-store.csi.x-k8s.io/v1",
    "kind: SecretProviderClass",
    `metadata: { name: ${name}, namespace: shop }`,
    "spec:",
    `  provider: ${provider}`,
    "  parameters:",
    '    objects: "- objectName: db"',
    "",
  ].join("\n");
}

function vf(path: string, text: string, mode = 0o644) {
  return { path: path as ObjectPath, mode: mode as FileMode, content: Secret.fromText(text) };
}

const good: MountResponse = {
  files: [vf("db", "s3cret"), vf("conf/pw", "hunter2", 0o400)],
  versions: [
    { id: "db", version: "7" },
    { id: "conf/pw", version: "v-1" },
  ],
};

let root: string;
let target: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "keyferry-mount-"));
  target = join(root, "volume");
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

function write(name: string, text: string): string {
  const file = join(root, name);
  writeFileSync(file, text);
  return file;
}

/** Runs the command on a manifest with a provider of this process. */
async function run(
  options: Partial<MountOnceOptions> = {},
  answer: () => MountResponse | Promise<MountResponse> = () => good,
  clock: () => number = () => now,
) {
  const asked: { name: string; request: MountRequest; limits: MountLimits }[] = [];
  const shown = { out: "", err: "" };
  const io: MountOnceOutside = {
    out: (text) => (shown.out += text),
    err: (text) => (shown.err += text),
    provider: (name) =>
      name === "keyferry"
        ? async (request, limits) => {
            asked.push({ name, request, limits });
            return answer();
          }
        : undefined,
    terminal: false,
    columns: 80,
    color: false,
    now: clock,
  };
  const file = options.file ?? write("spc.yaml", manifest("web"));
  const code = await mountOnce({ tokens: [], target, ...options, file }, io);
  const [first] = asked;
  return { code, ...shown, asked, admitted: first && admit(first.request) };
}

describe("mountOnce", () => {
  test("writes the volume and tells everything but values", async () => {
    const { code, out, err } = await run();
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out.split("\n")).toEqual([
      "PATH     MODE  BYTES  OBJECT   VERSION",
      "db       0644  6      db       7",
      "conf/pw  0400  7      conf/pw  v-1",
      "",
    ]);
    expect(readFileSync(join(target, "db"), "utf8")).toBe("s3cret");
    expect(statSync(join(target, "conf/pw")).mode & 0o777).toBe(0o400);
  });

  test("asks as driver 1.6 does, for two minutes", async () => {
    const { asked, admitted } = await run();
    expect(asked).toHaveLength(1);
    expect(asked[0]?.limits.deadline).toBe(now + 120_000);
    expect(asked[0]?.request).toMatchObject({ secrets: "null", permission: "420" });
    expect(asked[0]?.request.targetPath).toMatch(/^\/var\/lib\/kubelet\/pods\/[-0-9a-f]{36}\/volumes\//);
    expect(admitted).toMatchObject({
      pod: { name: "keyferry-mount", namespace: "shop", serviceAccount: "default" },
      secretProviderClass: "web",
      parameters: new Map([["objects", "- objectName: db"]]),
    });
  });

  test("is the same volume when repeated, another one for another target", async () => {
    const [one, again, other] = [await run(), await run(), await run({ target: join(root, "other") })];
    expect(again.admitted?.volume).toEqual(one.admitted?.volume);
    expect(other.admitted?.volume).not.toEqual(one.admitted?.volume);
  });

  test("hands over pod, tokens and secrets", async () => {
    const claims = Buffer.from(JSON.stringify({ exp: 1_777_777_777 })).toString("base64url");
    const { admitted } = await run({
      namespace: "other",
      pod: "web-0",
      serviceAccount: "web",
      tokens: [`vault=${write("a.jwt", `h.${claims}.s\n`)}`, `=${write("b=.jwt", "opaque")}`],
      secrets: write("secrets.yaml", "user: app\nnumber: 0123\nempty:\n"),
    });
    expect(admitted?.pod).toMatchObject({ name: "web-0", namespace: "other", serviceAccount: "web" });
    const tokens = [...(admitted?.tokens ?? [])].map(([audience, { token, expiresAt }]) => [
      audience,
      token.revealText(),
      expiresAt,
    ]);
    expect(tokens).toEqual([
      ["", "opaque", now + 3_600_000],
      ["vault", `h.${claims}.s`, 1_777_777_777_000],
    ]);
    const secrets = [...(admitted?.secrets ?? [])].map(([name, value]) => [name, value.revealText()]);
    expect(secrets).toEqual([
      ["empty", ""],
      ["number", "0123"],
      ["user", "app"],
    ]);
  });

  test("reads a Kubernetes Secret, plain texts last", async () => {
    const text = "kind: Secret\ndata: { a: aGVsbG8=, b: aGVsbG8= }\nstringData: { b: own }\n";
    const { admitted } = await run({ secrets: write("secret.yaml", text) });
    const secrets = [...(admitted?.secrets ?? [])].map(([name, value]) => [name, value.revealText()]);
    expect(secrets).toEqual([
      ["a", "hello"],
      ["b", "own"],
    ]);
  });

  test("chooses by name where the file holds several", async () => {
    const file = write("two.yaml", `${manifest("one")}---\n${manifest("two")}`);
    expect(await run({ file })).toMatchObject({
      code: 2,
      err: `keyferry mount: ${file} holds several SecretProviderClasses (one, two); choose one with --name\n`,
    });
    expect((await run({ file, name: "two" })).admitted?.secretProviderClass).toBe("two");
    expect(await run({ file, name: "three" })).toMatchObject({
      code: 2,
      err: expect.stringContaining("it has one, two"),
    });
  });

  test("lists objects apart where their ids are no paths", async () => {
    const versions = [{ id: "all", version: "3" }];
    const { out } = await run({}, () => ({ ...good, versions }));
    expect(out.split("\n").map((line) => line.split(/ +/).join(" "))).toEqual([
      "PATH MODE BYTES OBJECT VERSION",
      "db 0644 6 - -",
      "conf/pw 0400 7 - -",
      "- - - all 3",
      "",
    ]);
    const paired = await run({}, () => ({
      ...good,
      versions: [
        { id: "x", version: "1" },
        { id: "y", version: "2" },
      ],
    }));
    expect(paired.out).toMatch(/db +0644 +6 +x +1\nconf\/pw +0400 +7 +y +2/);
  });

  describe("unusable input: code 2, the provider is not asked", () => {
    test.each([
      {
        is: "no manifest",
        options: { file: "/nowhere.yaml" },
        err: "-f /nowhere.yaml cannot be read: there is nothing at this path",
      },
      { is: "a token without a file", options: { tokens: ["eyJ"] }, err: "--token is AUDIENCE=FILE" },
      { is: "a token file that is missing", options: { tokens: ["a=/nowhere"] }, err: "--token /nowhere cannot be" },
      { is: "a secrets file that is missing", options: { secrets: "/nowhere" }, err: "--secrets /nowhere cannot be" },
    ])("$is", async ({ options, err }) => {
      const result = await run(options);
      expect(result).toMatchObject({ code: 2, out: "", err: expect.stringContaining(err), asked: [] });
      expect(existsSync(target)).toBe(false);
    });

    test.each([
      { is: "broken YAML", text: "a: [", err: /is not usable\n.*spc.yaml:1:\d+: / },
      { is: "no SecretProviderClass", text: "kind: Pod\n", err: /holds no SecretProviderClass/ },
      { is: "a parameter that is no text", text: manifest("x").replace('"- objectName: db"', "[1]"), err: /:7:\d+: / },
    ])("a manifest: $is", async ({ text, err }) => {
      const file = write("spc.yaml", text);
      expect(await run({ file })).toMatchObject({ code: 2, err: expect.stringMatching(err), asked: [] });
    });

    test.each([
      { is: "broken YAML", text: "pass: [s3cr3t" },
      { is: "a list", text: "- s3cr3t" },
      { is: "a nested value", text: "a: { b: s3cr3t }" },
      { is: "data that is not base64", text: "kind: Secret\ndata: { a: s3cr3t! }" },
      { is: "two documents", text: "a: s3cr3t\n---\nb: x" },
    ])("secrets: $is, without showing them", async ({ text }) => {
      const result = await run({ secrets: write("secrets.yaml", text) });
      expect(result).toMatchObject({ code: 2, err: expect.stringContaining("--secrets"), asked: [] });
      expect(result.err).not.toContain("s3cr3t");
    });

    test("an audience given twice", async () => {
      const file = write("t", "x");
      expect((await run({ tokens: [`a=${file}`, `a=${file}`] })).err).toContain('the audience "a" twice');
    });
  });

  describe("failed work: code 1, nothing written", () => {
    test.each([
      { is: "the provider's refusal", thrown: new MountError("access_denied", "403", { index: 0, object: "db" }) },
      { is: "an unexpected error, without its text", thrown: new TypeError("s3cr3t") },
    ])("$is", async ({ thrown }) => {
      const result = await run({}, () => Promise.reject(thrown));
      expect(result).toMatchObject({ code: 1, out: "" });
      expect(result.err).toMatch(/^keyferry mount: (object 1 "db": 403|unexpected TypeError; .*)\n$/);
      expect(existsSync(target)).toBe(false);
    });

    test("an answer that the driver would refuse, every reason at once", async () => {
      const files = [vf("../x", "s3cr3t"), vf("a", "s3cr3t", 0), vf("a/b", "s3cr3t")];
      const result = await run({}, () => ({ files, versions: [] }));
      expect(result.code).toBe(1);
      expect(result.err.trimEnd().split("\n")).toEqual([
        expect.stringContaining("nothing was written"),
        "refused: object_version is empty",
        expect.stringMatching(/^refused: file "..\/x"/),
        expect.stringMatching(/^harmful: file "a": its mode is 0/),
        expect.stringMatching(/^refused: files "a" and "a\/b"/),
      ]);
      expect(existsSync(target)).toBe(false);
    });

    test("a provider that there is not", async () => {
      const file = write("spc.yaml", manifest("web", "acme"));
      const err = 'keyferry mount: keyferry has no provider "acme"; correct spec.provider, or name one with --socket\n';
      expect(await run({ file })).toMatchObject({ code: 1, err });
    });

    test("a manifest that the driver refuses", async () => {
      const file = write("spc.yaml", manifest("web").replace(/ {2}parameters:[^]*/, ""));
      expect(await run({ file })).toMatchObject({ code: 1, err: expect.stringContaining("spec.parameters is empty") });
    });

    test("a manifest that the API server refuses", async () => {
      const file = write("spc.yaml", manifest("web").replace(/ {2}parameters:\n/, "  parameters:\n    flag: true\n"));
      expect(await run({ file })).toMatchObject({ code: 2, err: expect.stringContaining("put quotes around it") });
    });

    test("a target that is somebody's own directory", async () => {
      mkdirSync(target);
      writeFileSync(join(target, "notes"), "mine");
      expect(await run()).toMatchObject({ code: 1, err: expect.stringContaining("is not empty and is no volume") });
      expect(readdirSync(target)).toEqual(["notes"]);
    });
  });

  describe("with a socket", () => {
    let provider: BareProvider | undefined;

    afterEach(() => {
      provider?.close();
      provider = undefined;
    });

    async function ask(answer: BareAnswer) {
      const socket = join(root, "p.sock");
      provider = await startBareProvider(socket, () => answer);
      // Any provider may stand behind a socket.
      const file = write("spc.yaml", manifest("web", "acme"));
      return run({ socket, file }, undefined, () => Date.now());
    }

    test("asks who listens there", async () => {
      const files = [{ path: "db", mode: 420, contents: Buffer.from("s3cret") }];
      const result = await ask({ files, objectVersion: [{ id: "db", version: "7" }] });
      expect(result).toMatchObject({
        code: 0,
        asked: [],
        out: expect.stringContaining("db    0644  6      db      7"),
      });
      expect(readFileSync(join(target, "db"), "utf8")).toBe("s3cret");
    });

    test("shows the provider's message as it is", async () => {
      const result = await ask({ code: 7, details: 'object 1 "db": no' });
      expect(result).toMatchObject({ code: 1, err: 'keyferry mount: object 1 "db": no\n' });
    });

    test("says at once that nobody listens", async () => {
      const socket = join(root, "none.sock");
      const err = `keyferry mount: nothing answers on ${socket}: there is nothing at this path; start keyferry serve first\n`;
      expect(await run({ socket })).toMatchObject({ code: 1, err });
    });
  });
});
