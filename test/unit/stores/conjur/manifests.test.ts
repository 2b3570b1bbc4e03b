import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { textsOf } from "../../../fakes/mounting.ts";
import { listed, startCase, type StartedCase } from "./case.ts";

let one: StartedCase;

beforeEach(async () => {
  one = await startCase();
});

afterEach(() => one.close());

const good = "- f: db-credentials/url";

describe("what comes out", () => {
  test.each<{ readonly is: string; readonly list: string; readonly files: Readonly<Record<string, string>> }>([
    { is: "pairs in one map", list: "- f: nl\n  g: sp ace", files: { f: "line\n", g: "space" } },
    { is: "null items beside good ones", list: "- null\n- ~\n- f: nl", files: { f: "line\n" } },
    { is: "unquoted numbers as their text", list: "- 7: nl", files: { "7": "line\n" } },
    { is: "one variable in two files", list: "- a: nl\n- b: nl", files: { a: "line\n", b: "line\n" } },
    { is: "an id with a colon", list: "- f: a:b", files: { f: "colon" } },
    { is: "the kind before an id", list: "- f: variable:nl", files: { f: "line\n" } },
    { is: "the full id", list: "- f: myacct:variable:nl", files: { f: "line\n" } },
    { is: "70,000 bytes", list: "- f: long", files: { f: "x".repeat(70_000) } },
  ])("$is", async ({ list, files }) => {
    expect(textsOf(await one.mount(listed(one.conjur, list)))).toEqual(files);
  });

  test("files and versions stand in the order of the list, one version for each variable", async () => {
    const { files, versions } = await one.mount(listed(one.conjur, "- c: nl\n- a: a:b\n- b: nl"));
    expect(files.map(({ path }) => path)).toEqual(["c", "a", "b"]);
    expect(versions.map(({ id }) => id)).toEqual(["nl", "a:b"]);
  });

  test("a version stays while the value does, and changes with it", async () => {
    const version = async () => (await one.mount(listed(one.conjur, good))).versions[0]?.version;
    const first = await version();
    await one.mounting.clock.advance(600_000);
    expect(await version()).toBe(first);
    one.conjur.variables.set("db-credentials/url", [Buffer.from("another")]);
    await one.mounting.clock.advance(600_000);
    expect(await version()).not.toBe(first);
  });
});

describe("where the list comes from", () => {
  const annotated = (list: string) => {
    one.kube.podAnnotations.set("shop/web-0", { "conjur.org/secrets": list });
  };
  const parameters = (version: string | undefined, secrets?: string) => {
    const base = Object.entries(listed(one.conjur, "")).filter(([name]) => !/^(?:conjur\.org|secrets)/u.test(name));
    return {
      ...Object.fromEntries(base),
      ...(version === undefined ? {} : { "conjur.org/configurationVersion": version }),
      ...(secrets === undefined ? {} : { secrets }),
    };
  };
  const pods = () => one.kube.asked.filter(({ url }) => url.includes("/pods/")).length;

  test.each([undefined, "", "0.2.0"])(
    "the annotation with version %j, whatever the manifest lists",
    async (version) => {
      annotated("- ann: nl");
      expect(textsOf(await one.mount(parameters(version, "{{{")))).toEqual({ ann: "line\n" });
      expect(pods()).toBe(1);
    },
  );

  test("the manifest with version 0.1.0; the pod is not looked at", async () => {
    annotated("- ann: nl");
    expect(textsOf(await one.mount(parameters("0.1.0", good)))).toEqual({ f: "https://db.com" });
    expect(pods()).toBe(0);
  });

  test("an annotation that changes counts at the next Mount", async () => {
    annotated("- ann: nl");
    await one.mount(parameters("0.2.0"));
    annotated("- other: nl");
    expect(textsOf(await one.mount(parameters("0.2.0")))).toEqual({ other: "line\n" });
  });

  test.each([403, 404])("the manifest where the pod cannot be read: %d", async (status) => {
    if (status === 403) one.kube.forbidden.add("GET /api/v1/namespaces/shop/pods/web-0");
    expect(textsOf(await one.mount(parameters("0.2.0", good)))).toEqual({ f: "https://db.com" });
    const { text } = await one.failure(parameters("0.2.0"));
    expect(text).toMatch(/CKCP035 CKCP033 CKCP039/u);
  });

  test("nowhere while the Kubernetes API is down: the volume keeps its files", async () => {
    annotated("- ann: nl");
    one.kube.faults.status(503);
    expect(await one.failure(parameters("0.2.0", good))).toMatchObject({ reason: "store_unavailable", code: 9 });
    expect(one.conjur.asked).toEqual([]);
  });

  test("a mistake in the annotation is told with its place there", async () => {
    annotated("- f: nl\n- ../x: nl\n- {");
    expect((await one.failure(parameters("0.2.0"))).text).toMatch(
      /conjur\.org\/secrets of the pod's annotations, line/u,
    );
    annotated("- f: nl\n- ../x: nl");
    const { text, reason } = await one.failure(parameters("0.2.0"));
    expect([reason, text]).toEqual(["path_invalid", expect.stringMatching(/object 2 "\.\.\/x".*annotations, line 2/u)]);
  });
});

describe("bad input", () => {
  test.each<{ readonly is: string; readonly parameters: Readonly<Record<string, string>>; readonly says: RegExp }>([
    { is: "an empty list", parameters: { secrets: "[]" }, says: /CKCP010/u },
    { is: "null for a list", parameters: { secrets: "~" }, says: /CKCP010/u },
    { is: "null items only", parameters: { secrets: "- null\n- ~" }, says: /CKCP010/u },
    { is: "an empty map", parameters: { secrets: "- {}" }, says: /CKCP010/u },
    { is: "a map", parameters: { secrets: "f: nl" }, says: /CKCP011.*not a list/u },
    { is: "a text", parameters: { secrets: "nl" }, says: /CKCP011.*not a list/u },
    { is: "a list of texts", parameters: { secrets: "- nl" }, says: /CKCP011.*not a map/u },
    { is: "a list in the place of an id", parameters: { secrets: "- f: [nl]" }, says: /list or a map/u },
    { is: "a key that repeats", parameters: { secrets: "- f: nl\n  f: bin" }, says: /CKCP011/u },
    { is: "no id", parameters: { secrets: "- f: null" }, says: /names no variable/u },
    { is: "a path that climbs out", parameters: { secrets: "- ../x: nl" }, says: /\.\./u },
    { is: "an absolute path", parameters: { secrets: "- /x: nl" }, says: /absolute/u },
    { is: "two variables to one file", parameters: { secrets: "- f: nl\n- f: bin" }, says: /object 1 "f"/u },
    { is: "a file that is a folder, too", parameters: { secrets: "- f: nl\n- f/g: bin" }, says: /file and a folder/u },
    { is: "an address without scheme", parameters: { applianceUrl: "127.0.0.1:1" }, says: /https:\/\//u },
    { is: "an address with a user", parameters: { applianceUrl: "https://a:b@c" }, says: /user name/u },
    { is: "an address with a query", parameters: { applianceUrl: "https://c/?a" }, says: /query/u },
    { is: "no certificate", parameters: { sslCertificate: "nonsense" }, says: /CKCP030.*PEM/u },
    { is: "an authenticator without name", parameters: { authnId: "authn-jwt/" }, says: /CKCP030.*service id/u },
    { is: "an authenticator that climbs out", parameters: { authnId: "authn-jwt/.." }, says: /authn-jwt\/ and/u },
    { is: "an account that is none", parameters: { account: "a/b" }, says: /no account/u },
    { is: "an identity that climbs out", parameters: { identity: "host/../x" }, says: /no id of a host/u },
    { is: "another version", parameters: { "conjur.org/configurationVersion": "1.0.0" }, says: /CKCP006.*"1\.0\.0"/u },
    { is: "a session for nobody", parameters: { sessionPer: "node" }, says: /sessionPer/u },
  ])("$is: INVALID_ARGUMENT, and no call", async ({ parameters, says }) => {
    const error = await one.failure({ ...listed(one.conjur, good), ...parameters });
    expect([error.code, error.text]).toEqual([3, expect.stringMatching(says)]);
    expect(one.conjur.asked).toEqual([]);
  });

  test("what is missing is told at once, each in its place", async () => {
    const { text, code } = await one.failure({ "conjur.org/configurationVersion": "0.1.0" });
    expect(code).toBe(3);
    const missing = [...text.matchAll(/parameter (\w+): CKCP013 CKCP0(?:09|10)/gu)].map(([, name]) => name);
    expect(missing.sort()).toEqual(["account", "applianceUrl", "authnId", "secrets"]);
  });

  test("a token for another audience only", async () => {
    const tokens = JSON.stringify({ vault: { token: "x" } });
    const error = await one.failure(listed(one.conjur, good), { tokens });
    expect([error.code, error.text]).toEqual([9, expect.stringMatching(/CKCP008.*"conjur".*tokenRequests.*"vault"/u)]);
  });

  test("the audience can be another one", async () => {
    const tokens = JSON.stringify({ other: { token: "x" } });
    const answer = one.mount({ ...listed(one.conjur, good), audience: "other" }, { tokens });
    expect(textsOf(await answer)).toEqual({ f: "https://db.com" });
  });
});
