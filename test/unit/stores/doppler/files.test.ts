import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { MountResponse } from "../../../../src/model/request.ts";
import { identity, startDoppler, type FakeDoppler } from "../../../fakes/doppler.ts";
import { attributesOf, createMounting, textsOf, type Mounting } from "../../../fakes/mounting.ts";
import { podToken } from "../../../fakes/pod-token.ts";

let doppler: FakeDoppler;
let mounting: Mounting;

beforeEach(async () => {
  doppler = await startDoppler();
  mounting = createMounting(undefined, { "doppler-hosts": doppler.url });
  doppler.now = () => mounting.clock.now();
});

afterEach(() => doppler.close());

const login = { project: "shop", config: "prd", identity };

function mount(parameters: Readonly<Record<string, string>>, more: Readonly<Record<string, string>> = login) {
  const tokens = JSON.stringify({ [doppler.url]: { token: podToken("web-0") } });
  const attributes = {
    ...attributesOf({ ...more, ...parameters }),
    "csi.storage.k8s.io/serviceAccount.tokens": tokens,
  };
  return mounting.mount(attributes, { dialect: "doppler" });
}

const own = { DOPPLER_CONFIG: "prd", DOPPLER_ENVIRONMENT: "prd", DOPPLER_PROJECT: "shop" };
const J = '{"user":"admin","n":5,"o":{"k":[1]}}';

describe("files of provider doppler", () => {
  test.each<[string, Readonly<Record<string, string>>, Readonly<Record<string, string>>]>([
    ["everything, sorted", {}, { A: "1", B: "two\nlines", C64: "AAEC", ...own, E: "", J }],
    ["one", { secrets: "- A" }, { A: "1" }],
    ["a path", { secrets: "- { name: B, path: x/y }" }, { "x/y": "two\nlines" }],
    ["base64", { secrets: "- { name: C64, encoding: base64 }" }, { C64: "\u0000\u0001\u0002" }],
    ["a member of JSON", { secrets: "- { name: J, jsonKey: user }" }, { J: "admin" }],
    ["a number", { secrets: "- { name: J, jsonKey: n }" }, { J: "5" }],
    ["a map", { secrets: "- { name: J, jsonKey: o }" }, { J: '{"k":[1]}' }],
    ["a member of YAML", { secrets: "- { name: J, yamlKey: user }" }, { J: "admin" }],
    ["an empty one", { secrets: "- E" }, { E: "" }],
    ["an optional one", { secrets: "- { name: NOPE, optional: true }\n- A" }, { A: "1" }],
    ["JSON", { secrets: '["A", {"name": "E"}]' }, { A: "1", E: "" }],
    ["a form of Doppler's", { format: "env", secrets: "- A\n- E" }, { DOPPLER_SECRETS_FILE: 'A="1"\nE=""\n' }],
    [
      "JSON of Doppler's at a path",
      { format: "json", fileName: "app/secrets.json", secrets: "- J" },
      { "app/secrets.json": JSON.stringify({ J }) },
    ],
    [
      "other names",
      { nameTransformer: "lower-kebab" },
      {
        a: "1",
        b: "two\nlines",
        c64: "AAEC",
        "doppler-config": "prd",
        "doppler-environment": "prd",
        "doppler-project": "shop",
        e: "",
        j: J,
      },
    ],
    [
      "other names of listed ones",
      { nameTransformer: "upper-camel", secrets: "- DOPPLER_CONFIG" },
      { DopplerConfig: "prd" },
    ],
    ["one to two paths", { secrets: "- A\n- { name: A, path: b/a }" }, { A: "1", "b/a": "1" }],
    ["none of Doppler's own", { includeDopplerVariables: "false" }, { A: "1", B: "two\nlines", C64: "AAEC", E: "", J }],
    [
      "none of Doppler's own under other names",
      { includeDopplerVariables: "false", nameTransformer: "lower-kebab" },
      { a: "1", b: "two\nlines", c64: "AAEC", e: "", j: J },
    ],
  ])("%s", async (_, parameters, files) => {
    const response = await mount(parameters);
    expect(Object.entries(textsOf(response))).toEqual(Object.entries(files));
    // What is there is asked for besides, where the form does not say it.
    const once = parameters["format"] !== "env";
    expect(doppler.count("/v3/configs/")).toBe(once ? 1 : 2);
  });

  test("have the mode of the entry, else that of the Mount", async () => {
    const { files } = await mount({ secrets: "- { name: A, mode: 0400 }\n- { name: B, mode: '0440' }\n- E" });
    expect(files.map(({ mode }) => mode)).toEqual([0o400, 0o440, 0o644]);
  });

  test("come from a large value, too", async () => {
    doppler.configs.get("prd")?.set("BIG", JSON.stringify({ pad: "x".repeat(100_000), user: "big" }));
    expect(textsOf(await mount({ secrets: "- { name: BIG, jsonKey: user }" }))).toEqual({ BIG: "big" });
  });

  test("are listed beyond what a query can hold", async () => {
    const names = Array.from({ length: 800 }, (_, at) => `LONG_NAME_${String(at).padStart(4, "0")}`);
    for (const name of names) doppler.configs.get("prd")?.set(name, name.toLowerCase());
    const { files } = await mount({ secrets: names.map((name) => `- ${name}`).join("\n") });
    expect(files.length).toBe(800);
    expect(doppler.asked.at(-1)?.url).not.toContain("&secrets=");
  });
});

describe("object versions", () => {
  const versions = ({ versions: all }: MountResponse) =>
    Object.fromEntries(all.map(({ id, version }) => [id, version]));

  test("change with the content, and with nothing else", async () => {
    const before = versions(await mount({ secrets: "- A\n- B" }));
    doppler.configs.get("prd")?.set("A", "2");
    await mounting.clock.advance(300_000);
    const after = versions(await mount({ secrets: "- A\n- B" }));
    expect(Object.keys(before)).toEqual(["A", "B"]);
    expect(after["A"]).not.toBe(before["A"]);
    expect(after["B"]).toBe(before["B"]);
  });

  test("are one for each file, with ids of their own", async () => {
    const response = await mount({ secrets: "- A\n- { name: A, path: b/a }\n- { name: B, path: c }" });
    expect(Object.keys(versions(response))).toEqual(["A/A", "A/b/a", "B"]);
  });

  test("tell equal values of two names apart", async () => {
    doppler.configs.get("prd")?.set("A2", "1");
    const { A, A2 } = versions(await mount({ secrets: "- A\n- A2" }));
    expect(A).not.toBe(A2);
  });
});
