import { describe, expect, test } from "@jest/globals";
import { everyDialect } from "../../../fakes/every-dialect.ts";
import { lintTexts } from "../../../fakes/linting.ts";

const dialects = await everyDialect();

const plain = {
  "conjur.org/configurationVersion": "0.1.0",
  account: "myorg",
  applianceUrl: "https://conjur.example.com",
  authnId: "authn-jwt/kube",
  secrets: "- f: db/password\n",
};

async function lint(parameters: Readonly<Record<string, string>>, provider = "conjur", more: object = {}) {
  const manifest = {
    apiVersion: "secrets-store.csi.x-k8s.io/v1",
    kind: "SecretProviderClass",
    metadata: { name: "shop", namespace: "shop" },
    spec: { provider, ...more, parameters },
  };
  return lintTexts({ "spc.yaml": JSON.stringify(manifest) }, dialects);
}

describe("nothing is said of", () => {
  const { secrets, ...rest } = plain;
  test.each<[string, Readonly<Record<string, string>>]>([
    ["a list in the manifest", plain],
    ["a list on the pod", { ...rest, "conjur.org/configurationVersion": "0.2.0" }],
    ["no version", { ...rest, "conjur.org/configurationVersion": "" }],
    ["every parameter", { ...plain, identity: "host/apps/x", audience: "other", sessionPer: "pod" }],
  ])("%s", async (_, parameters) => {
    expect(await lint(parameters)).toMatchObject({ code: 0, err: "1 manifest checked, 0 errors, 0 warnings\n" });
    expect(secrets).toBe(plain.secrets);
  });

  test("synced files of a list that stands on the pod", async () => {
    const data = [{ objectName: "anything", key: "k" }];
    const secretObjects = [{ secretName: "shop", type: "Opaque", data }];
    const { code } = await lint({ ...rest, "conjur.org/configurationVersion": "0.2.0" }, "conjur", { secretObjects });
    expect(code).toBe(0);
  });
});

describe("warnings", () => {
  test.each<[string, Readonly<Record<string, string>>, RegExp]>([
    [
      "a list that the annotation hides",
      { ...plain, "conjur.org/configurationVersion": "0.2.0" },
      /conjur-list-on-pod/u,
    ],
    ["a misspelt parameter", { ...plain, applianceURL: "https://c" }, /did you mean applianceUrl.*name-not-read/u],
    ["the annotation in the place of a parameter", { ...plain, "conjur.org/secrets": "- f: x" }, /name-retired/u],
    ["an authenticator of another kind", { ...plain, authnId: "authn-k8s/prod" }, /authn-k8s.*value-doubtful/u],
    ["a user's name as identity", { ...plain, identity: "alice" }, /host\/.*value-doubtful/u],
    ["plain http", { ...plain, applianceUrl: "http://c" }, /unencrypted.*value-doubtful/u],
    ["a variable that was not filled in", { ...plain, account: "${ACCOUNT}" }, /not filled in.*value-doubtful/u],
  ])("%s", async (_, parameters, says) => {
    const { code, out } = await lint(parameters);
    expect([code, out.replaceAll("\n", " ")]).toEqual([0, expect.stringMatching(says)]);
  });
});

describe("errors", () => {
  test.each<[string, Readonly<Record<string, string>>, RegExp]>([
    ["a mistake in the list", { ...plain, secrets: "- f: x\n- ../g: y" }, /path_invalid|path-invalid/u],
    ["what is required", { "conjur.org/configurationVersion": "0.1.0" }, /CKCP009.*CKCP010/u],
    ["a certificate that is none", { ...plain, sslCertificate: "x" }, /CKCP030/u],
  ])("%s", async (_, parameters, says) => {
    const { code, out } = await lint(parameters);
    expect([code, out.replaceAll("\n", " ")]).toEqual([1, expect.stringMatching(says)]);
  });

  test.each(["cyberark", "Conjur"])("provider %s is meant to be conjur", async (provider) => {
    const { code, out } = await lint(plain, provider);
    expect([code, out]).toEqual([1, expect.stringMatching(/did you mean conjur/u)]);
  });
});
