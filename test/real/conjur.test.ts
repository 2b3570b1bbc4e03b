import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { startConjur, type FakeConjur } from "../fakes/conjur.ts";
import { createMounting } from "../fakes/mounting.ts";
import { podToken } from "../fakes/pod-token.ts";
import { readBytes, readVector } from "../vectors/vectors.ts";
import { ownGoProgram } from "./tools.ts";

// There is no Conjur server outside a container. CyberArk's own client library, in the version that its provider has, stands
// for it: it accepts the fake server, and Keyferry asks as it does and gives what it gives.
const program = ownGoProgram("conjur-client");
const described = program === undefined ? describe.skip : describe;

const tls = { cert: readBytes("tls/server.pem"), key: readBytes("tls/server.key") };

interface Answer {
  readonly values: Readonly<Record<string, string>> | null;
  readonly resources: readonly string[] | null;
  readonly error: string;
}

let conjur: FakeConjur;

beforeEach(async () => {
  conjur = await startConjur(tls);
});

afterEach(() => conjur.close());

const token = podToken("web-0");

async function official(more: object): Promise<Answer> {
  const asked = { url: conjur.url, account: "myacct", service: "kube", token, ca: readVector("tls/ca.pem"), ...more };
  const child = spawn(program ?? "", { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(JSON.stringify(asked));
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  await once(child, "close");
  return JSON.parse(said) as Answer;
}

/** What the official client got, by file, as Keyferry would name it: the ids. */
async function ours(ids: readonly string[], more: Readonly<Record<string, string>> = {}) {
  const mounting = createMounting(undefined, {});
  conjur.now = () => mounting.clock.now();
  const parameters = {
    "conjur.org/configurationVersion": "0.1.0",
    account: "myacct",
    applianceUrl: conjur.url,
    authnId: "authn-jwt/kube",
    sslCertificate: readVector("tls/ca.pem"),
    secrets: JSON.stringify(ids.map((id, at) => ({ [`f${at}`]: id }))),
    ...more,
  };
  const attributes = {
    "csi.storage.k8s.io/pod.name": "web-0",
    "csi.storage.k8s.io/pod.namespace": "shop",
    "csi.storage.k8s.io/serviceAccount.name": "web",
    "csi.storage.k8s.io/serviceAccount.tokens": JSON.stringify({ conjur: { token } }),
    ...parameters,
  };
  return mounting.mount(attributes, { dialect: "conjur", targetPath: "/t" });
}

/** What of requests can be compared: all but the connection, the sender's name, and the access token's number. */
function wire() {
  const asked = conjur.asked.splice(0);
  return asked.map(({ method, url, headers, body }) => ({
    method,
    url,
    body,
    type: headers["content-type"],
    encoding: url.startsWith("/secrets/?") ? headers["accept-encoding"] : undefined,
    authorization: headers.authorization?.replace(/"[^"]*"/u, ""),
  }));
}

described("CyberArk's client library", () => {
  test.each<{ readonly is: string; readonly ids: readonly string[] }>([
    { is: "plain ids", ids: ["db-credentials/url", "nl"] },
    { is: "an id with a blank", ids: ["sp ace"] },
    { is: "any bytes", ids: ["bin"] },
    { is: "a long value", ids: ["long"] },
    { is: "ids with marks of every kind", ids: ["m!'()*~-_.", "m&=+#?%/", "ümläut/☃", "a\\b"] },
  ])("asks as Keyferry does, and gets the same bytes: $is", async ({ ids }) => {
    for (const id of ids) if (!conjur.variables.has(id)) conjur.variables.set(id, [Buffer.from(`value of ${id}`)]);
    const { values, error } = await official({ ids });
    const theirs = wire();
    const { files } = await ours(ids);
    expect(error).toBe("");
    expect(files.map(({ content }) => Buffer.from(content.reveal()).toString("base64"))).toEqual(
      ids.map((id) => values?.[`myacct:variable:${id}`]),
    );
    // The library asks for the variables in the order of the list, too.
    expect(wire()).toEqual(theirs);
  });

  test("logs in as Keyferry does, as a host of its own", async () => {
    await official({ ids: ["nl"], identity: "host/my app/x" });
    const theirs = wire();
    await ours(["nl"], { identity: "host/my app/x" });
    expect(wire()).toEqual(theirs);
  });

  test.each([0, 1])("reads a variable by itself, in version %d", async (version) => {
    conjur.variables.set("a,b", [Buffer.from("one"), Buffer.from("two")]);
    const { values } = await official({ ids: ["a,b"], single: true, version });
    const theirs = wire();
    expect(Buffer.from(values?.["a,b"] ?? "", "base64").toString()).toBe(version === 0 ? "two" : "one");
    if (version !== 0) return;
    await ours(["a,b"]);
    expect(wire().map(({ url }) => url)).toEqual(theirs.map(({ url }) => url));
  });

  test("lists variables", async () => {
    const { resources, error } = await official({ list: true });
    expect(error).toBe("");
    expect(conjur.asked.at(-1)?.url).toMatch(/^\/resources\/myacct\/?\?kind=variable&limit=1000$/u);
    expect(resources).toEqual([...conjur.variables.keys()].map((id) => `myacct:variable:${id}`));
  });

  test.each([
    { is: "a missing variable", ids: ["nl", "none"], says: /404 Not Found.*CONJ00076E Variable myacct:variable:none/u },
    { is: "a denied one", ids: ["nl", "forbid/x"], says: /403 Forbidden/u },
    { is: "an empty one", ids: ["unset"], says: /CONJ00076E/u },
    { is: "one that occurs twice", ids: ["nl", "nl"], says: /404 Not Found/u },
  ])("is told of $is", async ({ ids, says }) => {
    expect((await official({ ids })).error).toMatch(says);
  });

  test("is refused at the login", async () => {
    conjur.refusedTokens.add(token);
    expect((await official({ ids: ["nl"] })).error).toMatch(/401 Unauthorized/u);
  });
});
