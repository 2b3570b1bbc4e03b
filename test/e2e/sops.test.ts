import { copyFileSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { startDaemon, type Daemon } from "./daemon.ts";
import { connectRaw, type RawClient, type RawEnd } from "./raw-client.ts";
import { mountRequest } from "./requests.ts";

const demo = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "examples", "demo");
const manifest = parse(readFileSync(join(demo, "secretproviderclass.yaml"), "utf8")) as {
  spec: { parameters: Readonly<Record<string, string>> };
};
const { app = "", objects = "", licence = "" } = manifest.spec.parameters;

let daemon: Daemon;
let client: RawClient;
let keyFile: string;

beforeAll(async () => {
  keyFile = join(mkdtempSync(join(tmpdir(), "kf-key-")), "demo.agekey");
  copyFileSync(join(demo, "demo.agekey"), keyFile);
  const key = `{ name: demo, kind: age, file: ${JSON.stringify(keyFile)}, namespaces: [shop] }`;
  daemon = await startDaemon({ config: `keys: [${key}]\n` });
  client = connectRaw(daemon.socket("keyferry"));
});

afterAll(async () => {
  client.close();
  await daemon.stop();
});

function mount(parameters: Readonly<Record<string, string>>, namespace = "shop"): Promise<RawEnd> {
  const more = { stores: undefined, "csi.storage.k8s.io/pod.namespace": namespace, ...parameters };
  return client.mount(mountRequest({ address: "", more }));
}

/** The text with the last character before this mark changed to another of the same alphabet. */
function damaged(text: string, mark: string): string {
  const at = text.indexOf(mark, text.indexOf("password:")) - 3;
  return text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1);
}

describe("a document carried by the manifest", () => {
  test("becomes files: whole, one value, a selection, another format", async () => {
    const end = await mount({ objects, app, licence });
    expect(end.details).toBe("");
    const files = new Map(end.files.map(({ path, mode, contents }) => [path, [mode, contents.toString()]]));
    expect(parse(String(files.get("app.yaml")?.[1]))).toEqual({
      database: { user: "shop", password: "correct-horse-battery-staple", port: 5432 },
      smtp: { host_unencrypted: "smtp.example.com", user: "mailer", password: "s3nd-the-mail" },
      features: ["checkout", "wishlist"],
    });
    expect(files.get("database/password")).toEqual([0o400, "correct-horse-battery-staple"]);
    expect(files.get("smtp.json")).toEqual([0o644, '{"user":"mailer","password":"s3nd-the-mail"}']);
    expect(files.get("licence.env")).toEqual([0o644, "LICENCE_KEY=ABCD-1234-EFGH\nREGION=eu\n"]);
  });

  test("does not open in a namespace that its key is not granted to", async () => {
    const end = await mount({ objects, app, licence }, "other");
    expect(end).toMatchObject({ code: 7, files: [] });
    expect(end.details).toMatch(
      /namespace other.*it is encrypted for .*age1hq8f86wanul9ek89uaqpagttkk6qk8050p7xgyedhqlk6r2kn4rszzn7tw/s,
    );
    expect(end.details).not.toMatch(/\bshop\b|demo/);
  });

  test.each([
    { is: "a value", change: (text: string) => damaged(text, ",iv:") },
    {
      is: "the MAC",
      change: (text: string) => text.replace(/mac: ENC\[AES256_GCM,data:../, (m) => m.slice(0, -2) + "AA"),
    },
    { is: "the order of two list items", change: (text: string) => swapFeatures(text) },
    { is: "the time", change: (text: string) => text.replace("2026-11-20T", "2026-11-21T") },
  ])("is refused with $is changed", async ({ change }) => {
    const end = await mount({ objects: "- objectName: app", app: change(app) });
    expect(end).toMatchObject({ code: 3, files: [] });
    expect(end.details).not.toContain("staple");
  });

  test("has a version of its own that says nothing of its content", async () => {
    const first = await mount({ objects: "- objectName: app", app });
    const again = await mount({ objects: "- objectName: app", app });
    const other = await mount({ objects: "- {objectName: licence, format: dotenv, objectAlias: app}", licence });
    expect(first.versions).toEqual(again.versions);
    expect(other.versions[0]?.id).toBe("app");
    expect(other.versions[0]?.version).not.toBe(first.versions[0]?.version);
  });

  test("opens again once its key file is replaced", async () => {
    const key = readFileSync(keyFile, "utf8");
    const put = (text: string) => {
      writeFileSync(`${keyFile}.new`, text);
      renameSync(`${keyFile}.new`, keyFile);
    };
    put("# no key at all\n");
    const without = await mount({ objects: "- objectName: app", app });
    put(key);
    const back = await mount({ objects: "- objectName: app", app });
    expect([[7, 9].includes(without.code), back.code]).toEqual([true, 0]);
  });
});

function swapFeatures(text: string): string {
  const [first = "", second = ""] = text.match(/^ *- ENC.*$/gm) ?? [];
  return text.replace(first, "@").replace(second, first).replace("@", second);
}
