import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { MountError } from "../../../../src/model/error.ts";
import { identity, startDoppler, type FakeDoppler } from "../../../fakes/doppler.ts";
import { attributesOf, createMounting, textsOf, type Mounting } from "../../../fakes/mounting.ts";
import { podToken } from "../../../fakes/pod-token.ts";

let doppler: FakeDoppler;
let mounting: Mounting;

beforeEach(async () => {
  doppler = await startDoppler();
  doppler.configs.get("prd")?.set("SMTP_USER", "mail").set("SMTP_PASSWORD", "pw");
  const token = { "doppler-token-file": "/token", "doppler-token-namespaces": "team-*" };
  mounting = createMounting(undefined, { "doppler-hosts": doppler.url, ...token });
  doppler.now = () => mounting.clock.now();
});

afterEach(() => doppler.close());

async function mount(objects: string, store = `project: shop, config: prd, identity: ${identity}`) {
  const tokens = JSON.stringify({ [doppler.url]: { token: podToken("web-0") } });
  const parameters = { stores: `- { name: d, kind: doppler, ${store} }`, objects };
  const attributes = { ...attributesOf(parameters), "csi.storage.k8s.io/serviceAccount.tokens": tokens };
  return textsOf(await mounting.mount(attributes, { dialect: "keyferry" }));
}

describe("the doppler store", () => {
  test("reads secrets and the whole config with one call", async () => {
    const files = await mount(
      [
        "- { objectName: A, objectAlias: a }",
        "- { objectName: J, jmesPath: o.k, objectAlias: k }",
        '- { find: { prefix: SMTP_ }, objectAlias: smtp, rewrite: [{ match: "^SMTP_", replace: "" }] }',
      ].join("\n"),
    );
    expect(files).toEqual({ a: "1", k: "[1]", "smtp/USER": "mail", "smtp/PASSWORD": "pw" });
    expect(doppler.count("/v3/configs/")).toBe(1);
  });

  test("takes a config apart, and shows it to templates and outputs", async () => {
    const files = await mount(
      [
        "- { objectName: dev, extract: { match: ^A$ }, objectAlias: all }",
        "- { objectName: dev, as: dev, mount: false }",
        "- { objectName: dev, objectAlias: dev.env, output: dotenv }",
        '- { objectAlias: made, template: "{{ dev.A }} of {{ dev.DOPPLER_CONFIG }}" }',
      ].join("\n"),
    );
    expect(files["all/A"]).toBe("dev-canary");
    expect(files["made"]).toBe("dev-canary of dev");
    expect(files["dev.env"]).toContain("DOPPLER_PROJECT=shop");
    expect(doppler.count("/v3/configs/")).toBe(1);
  });

  test("falls back from a secret that is not there", async () => {
    const files = await mount("- { objectName: NOPE, objectAlias: f, fallback: [{ objectName: A }] }");
    expect(files).toEqual({ f: "1" });
    expect(await mount("- { objectName: NOPE, onMissing: default, default: x }")).toEqual({ NOPE: "x" });
  });

  test.each<[string, string, string | undefined]>([
    ["a name that is neither secret nor config", "- { objectName: Db_Url }", undefined],
    ["a form of one secret", "- { objectName: A, format: env }", undefined],
    ["names of one secret", "- { objectName: A, nameTransformer: camel }", undefined],
    ["no project", "- objectName: A", `config: prd, identity: ${identity}`],
    ["an identity without use", "- objectName: A", `project: shop, config: prd, auth: secret, identity: ${identity}`],
    ["a login without identity", "- objectName: A", "project: shop, config: prd, auth: pod"],
    ["tags", "- find: { tags: { a: b } }", undefined],
  ])("refuses %s", async (_, objects, store) => {
    const error = await mount(objects, store).catch(MountError.from);
    expect(error).toMatchObject({ code: 3 });
    expect(doppler.asked).toEqual([]);
  });

  test("gives the operator's token to the operator's namespaces only", async () => {
    const error = await mount("- objectName: A", "auth: operator").catch(MountError.from);
    expect(error).toMatchObject({ code: 7, message: expect.stringContaining("doppler-token-namespaces") });
  });
});
