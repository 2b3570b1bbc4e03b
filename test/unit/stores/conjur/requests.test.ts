import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createHttpClient } from "../../../../src/http/client.ts";
import type { Send } from "../../../../src/http/send.ts";
import { startConjur } from "../../../fakes/conjur.ts";
import { textsOf } from "../../../fakes/mounting.ts";
import { readBytes, readVector } from "../../../vectors/vectors.ts";
import { listed, startCase, type StartedCase } from "./case.ts";

let one: StartedCase;

beforeEach(async () => {
  one = await startCase();
});

afterEach(() => one.close());

describe("on the wire", () => {
  test("one login and one batch, as the official client sends them", async () => {
    await one.mount(listed(one.conjur, "- a: db-credentials/url\n- b: sp ace\n- c: nl"));
    const [login, read, ...more] = one.conjur.asked;
    expect(more).toEqual([]);
    expect(login).toMatchObject({ method: "POST", url: "/authn-jwt/kube/myacct/authenticate" });
    expect(login?.headers["content-type"]).toBe("application/x-www-form-urlencoded");
    expect(login?.body).toMatch(/^jwt=[\w.-]+$/u);
    const list = "myacct%3Avariable%3Adb-credentials%2Furl%2Cmyacct%3Avariable%3Asp+ace%2Cmyacct%3Avariable%3Anl";
    expect(read).toMatchObject({ method: "GET", url: `/secrets/?variable_ids=${list}` });
    expect(read?.headers["accept-encoding"]).toBe("base64");
    const [, token = ""] = /^Token token="([A-Za-z0-9+/=]+)"$/u.exec(read?.headers.authorization ?? "") ?? [];
    expect(Object.keys(JSON.parse(Buffer.from(token, "base64").toString()) as object)).toEqual([
      "protected",
      "payload",
      "signature",
    ]);
  });

  test.each([
    { authnId: "authn-jwt/kube", identity: "host/my app/x", path: "/authn-jwt/kube/myacct/host%2Fmy%20app%2Fx/" },
    { authnId: "kube", identity: "", path: "/authn-jwt/kube/myacct/" },
    { authnId: "conjur/authn-jwt/kube", identity: "", path: "/authn-jwt/kube/myacct/" },
    { authnId: "authn-k8s/prod", identity: "", path: "/authn-jwt/authn-k8s/prod/myacct/" },
  ])("the login of $authnId $identity", async ({ authnId, identity, path }) => {
    await one.mount({ ...listed(one.conjur, "- f: nl"), authnId, identity }).catch(() => undefined);
    expect(one.conjur.asked[0]?.url).toBe(`${path}authenticate`);
  });

  test("a variable that two files want is asked for once", async () => {
    await one.mount(listed(one.conjur, "- a: nl\n- b: nl\n- c: variable:nl"));
    expect(one.conjur.asked.at(-1)?.url).toBe("/secrets/?variable_ids=myacct%3Avariable%3Anl");
  });

  test("many and long ids go in requests below 8 KiB", async () => {
    const ids = Array.from({ length: 300 }, (_, at) => `folder-${"x".repeat(60)}/${at}`);
    for (const id of ids) one.conjur.variables.set(id, [Buffer.from(id)]);
    const { files } = await one.mount(listed(one.conjur, ids.map((id, at) => `- f${at}: ${id}`).join("\n")));
    expect(files.map(({ content }) => content.revealText())).toEqual(ids);
    const sizes = one.conjur.asked.slice(1).map(({ url }) => url.length);
    expect([Math.max(...sizes) < 8_000, sizes.length]).toEqual([true, 4]);
  });

  test("an id with a comma is read by itself, the others in one batch", async () => {
    one.conjur.variables.set("a,b", [Buffer.from("comma")]);
    const files = textsOf(await one.mount(listed(one.conjur, "- a: nl\n- b: a,b\n- c: a:b")));
    expect(files).toEqual({ a: "line\n", b: "comma", c: "colon" });
    const urls = one.conjur.asked.slice(1).map(({ url }) => url);
    expect(urls.sort()).toEqual([
      "/secrets/?variable_ids=myacct%3Avariable%3Anl%2Cmyacct%3Avariable%3Aa%3Ab",
      "/secrets/myacct/variable/a%2Cb",
    ]);
  });

  test("a server below a path, and a slash at the end of its address", async () => {
    await one.failure({ ...listed(one.conjur, "- f: nl"), applianceUrl: `${one.conjur.url}/base/` });
    expect(one.conjur.asked[0]?.url).toBe("/base/authn-jwt/kube/myacct/authenticate");
  });

  test.each([
    ["https://acme.secretsmgr.cyberark.cloud", "https://acme.secretsmgr.cyberark.cloud/api"],
    ["https://acme.secretsmgr.cyberark.cloud/api/", "https://acme.secretsmgr.cyberark.cloud/api"],
    ["https://a.secretsmgr.integration-cyberark.cloud", "https://a.secretsmgr.integration-cyberark.cloud/api"],
    ["https://secretsmgr.cyberark.cloud.example.com", "https://secretsmgr.cyberark.cloud.example.com"],
  ])("%s is asked at %s", async (applianceUrl, base) => {
    const urls: string[] = [];
    const send: Send = ({ url }) => {
      urls.push(url.href);
      return Promise.resolve({ status: 401, headers: {}, body: Buffer.of() });
    };
    const cloud = await startCase(send);
    await cloud.failure({ ...listed(cloud.conjur, "- f: nl"), applianceUrl });
    await cloud.close();
    expect(urls).toEqual([`${base}/authn-jwt/kube/myacct/authenticate`]);
  });
});

describe("TLS", () => {
  const server = { cert: readBytes("tls/server.pem"), key: readBytes("tls/server.key") };
  const over = async (more: Readonly<Record<string, string>>) => {
    const conjur = await startConjur(server);
    const parameters = { ...listed(conjur, "- f: nl"), ...more };
    return one.mount(parameters).finally(() => conjur.close());
  };

  test.each([
    ["the CA", "tls/ca.pem"],
    ["the server's own certificate", "tls/server.pem"],
  ])("%s is trusted", async (_, file) => {
    expect(textsOf(await over({ sslCertificate: readVector(file) }))).toEqual({ f: "line\n" });
  });

  test("with text around it, and others beside it", async () => {
    const sslCertificate = `# our CA\n${readVector("tls/other.pem")}\nsubject=/CN=x\n${readVector("tls/ca.pem")}`;
    expect(textsOf(await over({ sslCertificate }))).toEqual({ f: "line\n" });
  });

  test.each([
    ["another one", { sslCertificate: readVector("tls/other.pem") }],
    ["none of the system's", {}],
  ])("%s is not", async (_, more) => {
    await expect(over(more)).rejects.toMatchObject({ reason: "store_untrusted" });
  });
});

test("the client of the daemon sends Accept-Encoding as it is, and leaves the body as it came", async () => {
  const { send } = createHttpClient();
  await one.mount(listed(one.conjur, "- f: nl"));
  const [, read] = one.conjur.asked;
  const headers = { authorization: read?.headers.authorization ?? "", "accept-encoding": "base64" };
  const request = { method: "GET", url: new URL(one.conjur.url + (read?.url ?? "")), headers };
  const answer = await send({ ...request, limit: 5000, mostBytes: 1000 }, new AbortController().signal);
  expect(JSON.parse(Buffer.from(answer.body).toString())).toEqual({ "myacct:variable:nl": "bGluZQo=\n" });
});
