import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { MountError } from "../../../../src/model/error.ts";
import { identity, refusal, startDoppler, type FakeDoppler } from "../../../fakes/doppler.ts";
import { attributesOf, createMounting, textsOf, type Mounting } from "../../../fakes/mounting.ts";
import { podToken } from "../../../fakes/pod-token.ts";
import type { Reply } from "../../../fakes/small-server.ts";

let doppler: FakeDoppler;
let mounting: Mounting;

beforeEach(async () => {
  doppler = await startDoppler();
  mounting = createMounting(undefined, { "doppler-hosts": doppler.url });
  doppler.now = () => mounting.clock.now();
});

afterEach(() => doppler.close());

const login = { project: "shop", config: "prd", identity };

/** Mounts, and lets time pass until it ends. */
async function mount(
  parameters: Readonly<Record<string, string>>,
  { secrets = "", tokens = undefined as string | undefined, dialect = "doppler" } = {},
): Promise<Readonly<Record<string, string>> | MountError> {
  const given = tokens ?? JSON.stringify({ [doppler.url]: { token: podToken("web-0") } });
  const attributes = { ...attributesOf(parameters), "csi.storage.k8s.io/serviceAccount.tokens": given };
  const ended = mounting.mount(attributes, { dialect, secrets }).then(textsOf, MountError.from);
  const state = { over: false };
  void ended.then(() => (state.over = true));
  for (let turn = 0; turn < 2_000 && !state.over; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    await mounting.clock.advance(250);
  }
  return ended;
}

describe("manifests that are refused without a call", () => {
  test.each<[string, Readonly<Record<string, string>>, string]>([
    ["format with a path", { format: "env", secrets: "- { name: A, path: b }" }, "format makes one file"],
    ["an unknown format", { format: "toml" }, "parameter format: it is not a known value"],
    ["an unknown transformer", { nameTransformer: "snake" }, "parameter nameTransformer"],
    ["a path with a transformer", { nameTransformer: "camel", secrets: "- { name: A, path: b }" }, "names the files"],
    ["an unknown parameter", { secret: "- A" }, "did you mean secrets?"],
    ["an empty list", { secrets: "[]" }, "it lists no secret"],
    ["a null entry", { secrets: "- ~" }, "neither a name nor a map"],
    ["an entry without name", { secrets: "- { path: a }" }, "field name"],
    ["a lower-case name", { secrets: "- db_url" }, "no name of a secret"],
    ["a path twice", { secrets: "- { name: A, path: x }\n- { name: B, path: x }" }, "its path is also that of"],
    ["an unclean path", { secrets: "- { name: A, path: a/../b }" }, "invalid path"],
    ["a bad mode", { secrets: "- { name: A, mode: 999 }" }, "octal"],
    ["two ways to process", { secrets: "- { name: A, encoding: base64, jsonKey: k }" }, "exclude each other"],
    ["an unknown field", { secrets: "- { name: A, pth: k }" }, "did you mean path?"],
    ["a host with a path", { host: "https://doppler.example.com/v3" }, "parameter host: it has a path"],
    ["a host with a user", { host: "https://u@doppler.example.com" }, "user name"],
    ["plain http", { host: "http://doppler.example.com" }, "plain http"],
    ["an identity that is none", { identity: "me" }, "no UUID"],
    ["a life without leases", { dynamicSecretsTTLSeconds: "60" }, "no dynamic secrets"],
    ["a file name without format", { fileName: "x" }, "no single file"],
    ["a project that is none", { project: "Shop Prod" }, "it is no project"],
  ])("%s", async (_, parameters, text) => {
    const error = await mount({ ...login, ...parameters });
    expect(error).toMatchObject({ code: 3 });
    expect(String(error instanceof MountError && error.text)).toContain(text);
    expect(doppler.asked).toEqual([]);
  });

  test("all mistakes are in one message", async () => {
    const error = await mount({ ...login, format: "toml", hots: "x", secrets: "- a\n- { name: B, mode: 9 }" });
    const text = error instanceof MountError ? error.text : "";
    expect(["format", "hots", "object 1", "object 2"].filter((part) => !text.includes(part))).toEqual([]);
  });

  test("no way to log in names both", async () => {
    const error = await mount({ project: "shop", config: "prd" });
    expect(error).toMatchObject({ code: 9, message: expect.stringMatching(/identity.*nodePublishSecretRef/u) });
  });

  test("an audience that the pod has no token for", async () => {
    const error = await mount(login, { tokens: JSON.stringify({ vault: { token: podToken("web-0") } }) });
    expect(error).toMatchObject({ reason: "identity_missing", message: expect.stringContaining("tokenRequests") });
  });

  test("a token and an identity", async () => {
    const secrets = JSON.stringify({ serviceToken: "dp.st.prd.canary" });
    expect(await mount(login, { secrets })).toMatchObject({ code: 3 });
    const both = JSON.stringify({ serviceToken: "dp.st.prd.canary", identity });
    expect(await mount({}, { secrets: both })).toMatchObject({ code: 3 });
  });

  test("a host that the operator does not know", async () => {
    const error = await mount({ ...login, host: "https://doppler.example.com", audience: doppler.url });
    expect(error).toMatchObject({ code: 7, message: expect.stringContaining("doppler-hosts") });
    expect(await mount({ ...login, verifyTLS: "false" })).toMatchObject({ code: 7 });
  });

  test.each(["dp.scim.canary", "dp.audit.canary", "with\nbreak", ""])("a token that cannot read: %j", async (token) => {
    const error = await mount({}, { secrets: JSON.stringify({ serviceToken: token }) });
    expect([7, 9]).toContain(error instanceof MountError && error.code);
    expect(doppler.asked).toEqual([]);
  });
});

describe("tokens of the volume's Secret", () => {
  test.each(["serviceToken", "dopplerToken", "DOPPLER_TOKEN"])("under %s, trimmed, without project", async (key) => {
    const secrets = JSON.stringify({ [key]: " dp.st.prd.canary\n" });
    expect(await mount({ secrets: "- A" }, { secrets })).toEqual({ A: "1" });
  });

  test("an identity there logs in", async () => {
    const secrets = JSON.stringify({ identity });
    expect(await mount({ project: "shop", config: "prd", secrets: "- A" }, { secrets })).toEqual({ A: "1" });
    expect(await mount({ secrets: "- A" }, { secrets })).toMatchObject({ reason: "parameter_missing" });
  });
});

describe("answers of Doppler", () => {
  const read: readonly (readonly [string, Reply, number])[] = [
    ["400", refusal(400, "You must specify a project"), 3],
    ["401", refusal(401, "Invalid Service token dp.st.prd.canary"), 16],
    ["403", refusal(403, "no access"), 7],
    ["404", refusal(404, "Could not find requested config"), 5],
    ["404 of a proxy", { status: 404, body: "<html>no such page</html>" }, 9],
    ["429", refusal(429, "Exceeded rate limit", { isRetryable: true, isRetryableAfterSec: 999 }), 9],
    ["503", { status: 503, body: "upstream" }, 9],
    ["a web page", { body: "<html>log in</html>" }, 9],
    ["values that are no texts", { body: '{"A":1}' }, 13],
    ["a failure with status 200", { body: '{"success":false,"messages":["canary"]}' }, 13],
    ["a list", { body: "[]" }, 9],
  ];

  test.each(read)("%s", async (_, reply, code) => {
    doppler.readReply = reply;
    const error = await mount({ ...login, secrets: "- A" });
    expect(error).toMatchObject({ code });
    expect(String(error instanceof MountError && error.text)).not.toContain("canary");
  });

  test("outages are asked about four times, and a refusal of a new token once", async () => {
    doppler.readReply = { status: 503, body: "upstream" };
    await mount({ ...login, secrets: "- A" });
    expect(doppler.count("/v3/configs/")).toBe(4);
    doppler.readReply = refusal(401, "Invalid Auth token");
    doppler.revoke();
    await mount({ ...login, secrets: "- B" });
    expect(doppler.count("/v3/configs/")).toBe(6);
  });

  test("a token of a login that ended is replaced once", async () => {
    expect(await mount({ ...login, secrets: "- A" })).toEqual({ A: "1" });
    doppler.revoke();
    expect(await mount({ ...login, secrets: "- B" })).toEqual({ B: "two\nlines" });
    expect(doppler.count("/v3/auth/oidc")).toBe(2);
  });

  test.each<[string, Reply, number]>([
    ["401", refusal(401, "Invalid Auth token"), 16],
    ["404", refusal(404, "Could not find requested identity"), 7],
    ["503", { status: 503 }, 9],
    ["no token", { body: '{"success":true}' }, 13],
    ["a token without end", { body: '{"token":"dp.said.canary","expires_at":"soon"}' }, 13],
    ["a web page", { body: "<html>" }, 9],
  ])("a login that ends with %s", async (_, reply, code) => {
    doppler.loginReply = reply;
    const error = await mount({ ...login, secrets: "- A" });
    expect(error).toMatchObject({ code });
    expect(doppler.count("/v3/configs/")).toBe(0);
  });

  test("missing secrets are named together", async () => {
    const error = await mount({ ...login, secrets: "- NOPE\n- A\n- NOPE2" });
    expect(error).toMatchObject({ code: 5 });
    expect(String(error instanceof MountError && error.text)).toMatch(/NOPE.*NOPE2/su);
    const oneFile = await mount({ ...login, format: "env", secrets: "- NOPE\n- A\n- NOPE2" });
    expect(String(oneFile instanceof MountError && oneFile.text)).toMatch(/NOPE.*NOPE2/su);
  });

  test.each(["- { name: B, encoding: base64 }", "- { name: B, jsonKey: k }", "- { name: B, yamlKey: k }"])(
    "a value that is not of its form: %s",
    async (secrets) => {
      const error = await mount({ ...login, secrets });
      expect(error).toMatchObject({ code: 9 });
      expect(String(error instanceof MountError && error.text)).not.toContain("lines");
    },
  );
});
