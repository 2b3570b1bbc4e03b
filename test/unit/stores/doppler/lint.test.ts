import { describe, expect, test } from "@jest/globals";
import { everyDialect } from "../../../fakes/every-dialect.ts";
import { lintTexts } from "../../../fakes/linting.ts";

const dialects = await everyDialect();

type Parameters = Readonly<Record<string, string>>;

function lint(parameters: Parameters, provider = "doppler") {
  const manifest = {
    apiVersion: "secrets-store.csi.x-k8s.io/v1",
    kind: "SecretProviderClass",
    metadata: { name: "shop", namespace: "shop" },
    spec: { provider, parameters },
  };
  return lintTexts({ "spc.yaml": JSON.stringify(manifest) }, dialects);
}

const login = { project: "shop", config: "prd", identity: "6f0c7c3e-0d0c-4c1e-9f57-7b1f1e8f2a10" };

describe("lint of provider doppler", () => {
  test("has nothing to say of a good manifest", async () => {
    const secrets = "- DB_URL\n- { name: B64, path: a/b, encoding: base64 }";
    const said = { code: 0, err: "1 manifest checked, 0 errors, 0 warnings\n" };
    expect(await lint({ ...login, secrets })).toMatchObject(said);
    expect(await lint({ format: "env" })).toMatchObject(said);
  });

  test.each<[Parameters, string]>([
    [{ ...login, includeDynamicSecrets: "true" }, "doppler-dynamic-secrets"],
    [{ ...login, verifyTLS: "false" }, "any certificate is taken"],
    [{ audience: "x" }, "only for a login with an identity"],
    [{ ...login, format: "env", fileName: "$NAME" }, "was not filled in"],
  ])("warns: %j", async (parameters, text) => {
    expect(await lint(parameters)).toMatchObject({ code: 0, out: expect.stringContaining(text) });
  });

  test.each<[Parameters, string]>([
    [{ ...login, secrets: "- db_url" }, "no name of a secret"],
    [{ ...login, secret: "- A" }, "did you mean secrets?"],
    [{ identity: login.identity }, "only a service token knows its config"],
  ])("refuses: %j", async (parameters, text) => {
    expect(await lint(parameters)).toMatchObject({ code: 1, out: expect.stringContaining(text) });
  });

  test("knows what people write for the provider", async () => {
    expect((await lint(login, "doppler-operator")).out).toContain("did you mean doppler?");
  });
});
