import { describe, expect, test } from "@jest/globals";
import { inClusterAccess } from "../../../src/kube/in-cluster.ts";
import { kubeconfigAccess } from "../../../src/kube/kubeconfig.ts";

const files = (content: Readonly<Record<string, string>>) => (path: string) =>
  path in content ? Promise.resolve(Buffer.from(content[path] ?? "")) : Promise.reject(new Error("no such file"));

const folder = "/var/run/secrets/kubernetes.io/serviceaccount";
const account = { [`${folder}/ca.crt`]: "CA\n", [`${folder}/namespace`]: "csi\n", [`${folder}/token`]: "t1\n" };

describe("in a cluster", () => {
  test.each([
    ["10.0.0.1", "https://10.0.0.1:443"],
    ["fd00::1", "https://[fd00::1]:443"],
  ])("the API is at %s", async (host, server) => {
    const env = { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: "443" };
    const access = await inClusterAccess(env, files(account));
    expect({ ...access, token: (await access.token())?.revealText() }).toEqual({
      server,
      tls: { ca: "CA" },
      namespace: "csi",
      token: "t1",
    });
  });

  test.each([
    [{}, account, /does not run in a cluster/],
    [{ KUBERNETES_SERVICE_HOST: "h", KUBERNETES_SERVICE_PORT: "1" }, {}, /cannot be read/],
  ])("with %j it is refused where something is missing", async (env, content, message) => {
    await expect(inClusterAccess(env, files(content))).rejects.toMatchObject({
      reason: "not_configured",
      message: expect.stringMatching(message),
    });
  });
});

const config = (server: string, user: string, cluster = "") => `
current-context: here
contexts: [{name: other, context: {}}, {name: here, context: {cluster: c, user: u, namespace: ns}}]
clusters: [{name: c, cluster: {server: "${server}"${cluster}}}]
users: [{name: u, user: ${user}}]
`;

describe("a kubeconfig", () => {
  const read = (text: string, more: Readonly<Record<string, string>> = {}) =>
    kubeconfigAccess("/etc/kube/config", files({ "/etc/kube/config": text, ...more }));

  test("with a token", async () => {
    const access = await read(config("https://api.test:6443/", "{token: abc}"));
    expect({ ...access, token: (await access.token())?.revealText() }).toEqual({
      server: "https://api.test:6443",
      tls: { insecure: false },
      namespace: "ns",
      token: "abc",
    });
  });

  test("with a token file and a CA beside it", async () => {
    const text = config("https://api.test", "{tokenFile: t}", ", certificate-authority: ca.pem, tls-server-name: kube");
    const access = await read(text, { "/etc/kube/t": "from-file\n", "/etc/kube/ca.pem": "CA" });
    expect([access.tls, (await access.token())?.revealText()]).toEqual([
      { ca: "CA", serverName: "kube", insecure: false },
      "from-file",
    ]);
  });

  test("with a client certificate inside", async () => {
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    const user = `{client-certificate-data: ${base64("CERT")}, client-key-data: ${base64("KEY")}}`;
    const { tls, token } = await read(config("https://api.test", user));
    expect([tls.client?.certificate, tls.client?.key.revealText(), await token()]).toEqual(["CERT", "KEY", undefined]);
  });

  test.each([
    ["an http server elsewhere", config("http://api.test", "{token: hunter2}"), /no https server/],
    ["a server with a user name", config("https://u:hunter2@api.test", "{}"), /no https server/],
    ["a command", config("https://api.test", "{exec: {command: aws}}"), /from a command/],
    ["a missing CA", config("https://api.test", "{}", ", certificate-authority: nope"), /cannot be read/],
    ["no context", "{}", /no https server/],
    ["no YAML", "hunter2: [", /not YAML/],
  ])("with %s is refused", async (_, text, message) => {
    const error: unknown = await read(text).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ reason: "not_configured", message: expect.stringMatching(message) });
    expect(String(error)).not.toContain("hunter2");
  });

  test("plain http is taken on loopback", async () => {
    expect((await read(config("http://127.0.0.1:8001", "{}"))).server).toBe("http://127.0.0.1:8001");
  });
});
