import { generateKeyPairSync, verify } from "node:crypto";
import { afterEach, describe, expect, test } from "@jest/globals";
import { createHttpClient } from "../../../../src/http/client.ts";
import { createCall } from "../../../../src/identity/gcp/call.ts";
import { createGcpIdentity, type GcpLogin } from "../../../../src/identity/gcp/gcp.ts";
import type { GcpKube } from "../../../../src/identity/gcp/pod.ts";
import type { ServiceAccount } from "../../../../src/kube/service-account.ts";
import { defaultGcpSettings, type GcpSettings } from "../../../../src/identity/gcp/settings.ts";
import { MountError } from "../../../../src/model/error.ts";
import type { Session } from "../../../../src/model/session.ts";
import { Secret } from "../../../../src/model/secret.ts";
import type { SessionKey } from "../../../../src/model/session.ts";
import { refusedToken, startGcp, type FakeGcp } from "../../../fakes/gcp.ts";
import { VirtualClock } from "../../../fakes/virtual-clock.ts";

const open: FakeGcp[] = [];
afterEach(async () => {
  for (const fake of open.splice(0)) await fake.close();
});

const poolAudience = "//iam.googleapis.com/projects/7/locations/global/workloadIdentityPools/p/providers/x";

interface Setup {
  readonly settings?: Partial<GcpSettings>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Undefined without a cluster. */
  readonly kube?: "none";
  readonly files?: Readonly<Record<string, string>>;
}

async function start({ settings = {}, annotations = {}, kube, files = {} }: Setup = {}) {
  const gcp = await startGcp();
  open.push(gcp);
  const clock = new VirtualClock();
  gcp.now = () => clock.now();
  const host = gcp.url.replace("http://", "");
  const endpoints = {
    ...defaultGcpSettings.endpoints,
    tokenExchange: `${gcp.url}/v1/token`,
    iamCredentials: gcp.url,
    oauth: `${gcp.url}/token`,
    metadata: host,
  };
  const account: { uid: string; annotations: Map<string, string> } = {
    uid: "sa-1",
    annotations: new Map(Object.entries(annotations)),
  };
  const asked: string[] = [];
  const cluster: GcpKube = {
    serviceAccount: (namespace, name): Promise<ServiceAccount> => {
      asked.push(`${namespace}/${name}`);
      if (name !== "missing") return Promise.resolve({ ...account });
      return Promise.reject(new MountError("object_not_found", 'serviceaccounts "missing" not found'));
    },
    podToken: (pod, audience) => {
      asked.push(`token for ${pod.name} ${audience}`);
      return Promise.resolve({ token: Secret.fromText("requested-token"), expiresAt: undefined });
    },
  };
  const identity = createGcpIdentity({
    call: createCall(createHttpClient().send, clock, "test/1", host),
    outside: clock,
    settings: { ...defaultGcpSettings, endpoints, ...settings },
    kube: kube === "none" ? undefined : cluster,
    readFile: (path) =>
      files[path] === undefined ? Promise.reject(new Error("ENOENT")) : Promise.resolve(files[path]),
  });
  return { gcp, clock, identity, asked, account };
}

const pool = "my-project.svc.id.goog";

function sessionOf(more: Partial<Session<unknown>> & { readonly serviceAccount?: string } = {}): Session<unknown> {
  const { serviceAccount = "web", ...rest } = more;
  const pod = { name: "web-0", namespace: "shop", uid: "u", serviceAccount };
  const tokens = new Map([[pool, { token: Secret.fromText("pod-token-canary"), expiresAt: undefined }]]);
  return { key: "k" as SessionKey, params: undefined, pod, tokens, chosenBy: "manifest", secrets: new Map(), ...rest };
}

const byPod: GcpLogin = { auth: "pod" };
const signal = new AbortController().signal;

async function refusalOf(work: Promise<unknown>): Promise<MountError> {
  const error: unknown = await work.then(
    () => new Error("it was not refused"),
    (thrown: unknown) => thrown,
  );
  if (error instanceof MountError) return error;
  throw error;
}

describe("a pod of GKE", () => {
  test("its token is exchanged for the cluster that the metadata names, and kept", async () => {
    const { gcp, identity, asked } = await start();
    const first = await identity(byPod, sessionOf(), signal);
    const second = await identity(byPod, sessionOf(), signal);
    expect([first.token.revealText(), second.token.revealText()]).toEqual([
      "federated-token-canary-1",
      "federated-token-canary-1",
    ]);
    expect([first.kept, second.kept, gcp.count("sts"), gcp.count("metadata")]).toEqual([false, true, 1, 3]);
    expect(asked).toEqual(["shop/web"]);
    expect(gcp.requests.find(({ part }) => part === "sts")?.body).toEqual({
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
      requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
      subject_token: "pod-token-canary",
      audience: gcp.audience,
      scope: "https://www.googleapis.com/auth/cloud-platform",
    });
  });

  test("many at once log in once", async () => {
    const { gcp, identity } = await start();
    await Promise.all(Array.from({ length: 20 }, () => identity(byPod, sessionOf(), signal)));
    expect([gcp.count("sts"), gcp.count("metadata")]).toEqual([1, 3]);
  });

  test("the token is renewed five minutes before its end, and when it was dropped", async () => {
    const { gcp, clock, identity } = await start();
    await identity(byPod, sessionOf(), signal);
    await clock.advance(54 * 60_000);
    await identity(byPod, sessionOf(), signal);
    expect(gcp.count("sts")).toBe(1);
    await clock.advance(60_000);
    const held = await identity(byPod, sessionOf(), signal);
    expect(gcp.count("sts")).toBe(2);
    held.drop();
    await identity(byPod, sessionOf(), signal);
    held.drop();
    await identity(byPod, sessionOf(), signal);
    expect(gcp.count("sts")).toBe(3);
  });

  test("another service account logs in on its own", async () => {
    const { gcp, identity } = await start();
    await identity(byPod, sessionOf(), signal);
    await identity(byPod, sessionOf({ serviceAccount: "other" }), signal);
    expect(gcp.count("sts")).toBe(2);
  });

  test("without tokens from kubelet one is asked for", async () => {
    const { gcp, identity, asked } = await start();
    await identity(byPod, sessionOf({ tokens: new Map() }), signal);
    expect(asked).toEqual(["shop/web", `token for web-0 ${pool}`]);
    expect(gcp.requests.find(({ part }) => part === "sts")?.body["subject_token"]).toBe("requested-token");
  });

  test("operator settings take the metadata server's place", async () => {
    const settings = { project: "my-project", clusterLocation: "us-central1", clusterName: "one" };
    const { gcp, identity } = await start({ settings });
    await identity(byPod, sessionOf(), signal);
    expect(gcp.count("metadata")).toBe(0);
  });

  test("the account's annotation is acted as, with delegates, and a change of it counts within a minute", async () => {
    const annotations = {
      "iam.gke.io/gcp-service-account": "app@my-project.iam.gserviceaccount.com",
      "iam.gke.io/gcp-service-account-delegates": '["mid@my-project.iam.gserviceaccount.com"]',
    };
    const { gcp, clock, identity, account } = await start({ annotations });
    expect((await identity(byPod, sessionOf(), signal)).token.revealText()).toBe("gsa-token-canary-2");
    expect(gcp.requests.find(({ part }) => part === "iam")).toMatchObject({
      path: "/v1/projects/-/serviceAccounts/app@my-project.iam.gserviceaccount.com:generateAccessToken",
      authorization: "Bearer federated-token-canary-1",
      body: {
        delegates: ["projects/-/serviceAccounts/mid@my-project.iam.gserviceaccount.com"],
        scope: ["https://www.googleapis.com/auth/cloud-platform"],
      },
    });
    account.annotations = new Map();
    await clock.advance(60_000);
    expect((await identity(byPod, sessionOf(), signal)).token.revealText()).toBe("federated-token-canary-3");
  });
});

describe("a pod outside GKE", () => {
  test("the operator's provider is the audience of both exchanges", async () => {
    const { gcp, identity, asked } = await start({ settings: { workloadIdentityProvider: poolAudience } });
    gcp.audience = poolAudience;
    await identity(byPod, sessionOf({ tokens: new Map() }), signal);
    expect(asked).toContain(`token for web-0 ${poolAudience}`);
    expect(gcp.count("metadata")).toBe(0);
  });

  test("a credentials file is used where there is no metadata, which is then left alone for a while", async () => {
    const files = {
      "/c.json": JSON.stringify({ type: "external_account", audience: "identitynamespace:fleet:https://x:1" }),
    };
    const { gcp, clock, identity } = await start({ settings: { credentialsFile: "/c.json" }, files });
    gcp.faults.set("metadata", { kind: "status", status: 404 });
    gcp.audience = "identitynamespace:fleet:https://x:1";
    const tokens = new Map([["fleet", { token: Secret.fromText("fleet-token"), expiresAt: undefined }]]);
    await identity(byPod, sessionOf({ tokens }), signal);
    const asked = gcp.count("metadata");
    await identity(byPod, sessionOf({ tokens, serviceAccount: "other" }), signal);
    expect(gcp.count("metadata")).toBe(asked);
    await clock.advance(30_000);
    await identity(byPod, sessionOf({ tokens }), signal);
    expect(gcp.count("metadata")).toBeGreaterThan(asked);
  });
});

describe("a login that is refused", () => {
  const email = { "iam.gke.io/gcp-service-account": "denied@my-project.iam.gserviceaccount.com" };
  const noAudience = new Map([["vault", { token: Secret.fromText("x"), expiresAt: undefined }]]);
  const bad = new Map([[pool, { token: Secret.fromText(refusedToken), expiresAt: undefined }]]);
  test.each([
    ["no token for the audience", {}, { tokens: noAudience }, /audience "my-project.svc.id.goog".*tokenRequests/],
    ["a token that the exchange refuses", {}, { tokens: bad }, /identitybindingtoken.*400 \(invalid_grant\)/],
    ["no such account", {}, { serviceAccount: "missing" }, /unable to fetch SA info: serviceaccounts "missing"/],
    ["an account that may not be acted as", { annotations: email }, {}, /PermissionDenied \(IAM_PERMISSION_DENIED\)/],
    [
      "delegates that are no list",
      { annotations: { ...email, "iam.gke.io/gcp-service-account-delegates": "mid@x" } },
      {},
      /unable to parse delegates annotation/,
    ],
    ["another pool", { settings: { project: "p", clusterLocation: "l", clusterName: "c" } }, {}, /"p.svc.id.goog"/],
  ])("%s", async (_, setup: Setup, session: Parameters<typeof sessionOf>[0], message) => {
    const { identity } = await start(setup);
    const error = await refusalOf(identity(byPod, sessionOf(session), signal));
    expect([error.reason, error.code]).toEqual(["identity_refused", 7]);
    expect(error.message).toMatch(message);
    expect(error.message).not.toMatch(/canary|pod-token/);
  });

  test("a token without audience is never used", async () => {
    const { identity } = await start();
    const tokens = new Map([["", { token: Secret.fromText("x"), expiresAt: undefined }]]);
    expect((await refusalOf(identity(byPod, sessionOf({ tokens }), signal))).reason).toBe("identity_refused");
  });

  test.each(["not_permitted", "identity_missing", "parameter_invalid"] as const)(
    "operator's word: %s",
    async (reason) => {
      const cases = {
        not_permitted: { login: { auth: "provider" }, settings: {}, secrets: new Map() },
        identity_missing: { login: { auth: "secret" }, settings: { nodePublishSecret: true }, secrets: new Map() },
        parameter_invalid: {
          login: { auth: "pod" },
          settings: { nodePublishSecret: true },
          secrets: new Map([["key.json", Secret.fromText("{}")]]),
        },
      } as const;
      const { login, settings, secrets } = cases[reason];
      const { identity } = await start({ settings });
      expect((await refusalOf(identity(login, sessionOf({ secrets }), signal))).reason).toBe(reason);
    },
  );
});

describe("the metadata server", () => {
  test.each([
    ["answers HTML", { kind: "html" } as const, "identity_refused"],
    ["knows nothing", { kind: "status", status: 404 } as const, "identity_refused"],
    ["fails", { kind: "status", status: 503 } as const, "store_unavailable"],
  ])("%s", async (_, fault, reason) => {
    const { gcp, identity } = await start();
    gcp.faults.set("metadata", fault);
    const error = await refusalOf(identity(byPod, sessionOf(), signal));
    expect(error.reason).toBe(reason);
    expect(error.message).toMatch(/identity of the cluster.*metadata server.*operator must set/);
  });

  test("its failure and the credentials file's are both told", async () => {
    const files = { "/c.json": '{"type":"authorized_user"}' };
    const { gcp, identity } = await start({ settings: { credentialsFile: "/c.json" }, files });
    gcp.faults.set("metadata", { kind: "status", status: 404 });
    const error = await refusalOf(identity(byPod, sessionOf(), signal));
    expect(error.code).toBe(7);
    expect(error.message).toMatch(/unexpected credentials type: authorized_user, expected: external_account.*metadata/);
  });

  test("a recovery counts at once", async () => {
    const { gcp, identity } = await start();
    gcp.faults.set("metadata", { kind: "status", status: 503 });
    await refusalOf(identity(byPod, sessionOf(), signal));
    gcp.faults.clear();
    expect((await identity(byPod, sessionOf(), signal)).kept).toBe(false);
  });
});

describe("the token exchange", () => {
  test.each([
    ["is over its quota", { kind: "status", status: 429, retryAfter: 3 } as const, "store_throttled", 3000],
    ["is down", { kind: "status", status: 503 } as const, "store_unavailable", undefined],
    ["answers HTML", { kind: "html" } as const, "store_protocol", undefined],
    ["answers half of it", { kind: "garbage" } as const, "store_protocol", undefined],
    ["hangs up", { kind: "cut" } as const, "store_unavailable", undefined],
  ])("%s", async (_, fault, reason, retryAfter) => {
    const { gcp, identity } = await start();
    gcp.faults.set("sts", fault);
    const error = await refusalOf(identity(byPod, sessionOf(), signal));
    expect([error.reason, error.context.retryAfter]).toEqual([reason, retryAfter]);
    expect(error.message).not.toMatch(/canary/);
  });

  test("one who leaves does not take the others along; the last one ends the call", async () => {
    const { gcp, identity } = await start({ settings: { workloadIdentityProvider: poolAudience } });
    gcp.audience = poolAudience;
    gcp.faults.set("sts", { kind: "hang" });
    const tokens = new Map([[poolAudience, { token: Secret.fromText("t"), expiresAt: undefined }]]);
    const [one, other] = [new AbortController(), new AbortController()];
    const gone = new MountError("cancelled", "gone");
    const first = identity(byPod, sessionOf({ tokens }), one.signal);
    const second = identity(byPod, sessionOf({ tokens }), other.signal);
    while (gcp.underWay() === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    one.abort(gone);
    expect((await refusalOf(first)).reason).toBe("cancelled");
    expect(gcp.underWay()).toBe(1);
    other.abort(gone);
    await refusalOf(second);
    while (gcp.underWay() > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(gcp.count("sts")).toBe(1);
  });
});

describe("credentials of the daemon and of the volume", () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const key = {
    type: "service_account",
    client_email: "robot@my-project.iam.gserviceaccount.com",
    private_key_id: "id-1",
    private_key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    token_uri: "https://oauth2.googleapis.com/token",
  };
  const user = {
    type: "authorized_user",
    client_id: "c",
    client_secret: "client-canary",
    refresh_token: "refresh-canary",
  };
  const bySecret = (json: unknown) =>
    sessionOf({
      secrets: new Map([["key.json", Secret.fromText(typeof json === "string" ? json : JSON.stringify(json))]]),
    });
  const settings = { nodePublishSecret: true };

  test("a service account's key signs an assertion", async () => {
    const { gcp, clock, identity } = await start({ settings });
    const held = await identity({ auth: "auto" }, bySecret(key), signal);
    expect(held.token.revealText()).toBe("oauth-token-canary-1");
    const assertion = String(gcp.requests[0]?.body["assertion"]);
    const [header = "", claims = "", signature = ""] = assertion.split(".");
    const seconds = Math.floor(clock.now() / 1000);
    expect(JSON.parse(Buffer.from(claims, "base64url").toString())).toEqual({
      iss: key.client_email,
      scope: "https://www.googleapis.com/auth/cloud-platform",
      aud: "https://oauth2.googleapis.com/token",
      iat: seconds,
      exp: seconds + 3600,
    });
    const signed = Buffer.from(`${header}.${claims}`);
    expect(verify("RSA-SHA256", signed, publicKey, Buffer.from(signature, "base64url"))).toBe(true);
  });

  test("a user's refresh token, and acting as a service account with it", async () => {
    const { gcp, identity } = await start({ settings });
    await identity({ auth: "auto" }, bySecret(user), signal);
    expect(gcp.requests[0]?.body).toMatchObject({ grant_type: "refresh_token", refresh_token: "refresh-canary" });
    const url =
      "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/a@b.iam.gserviceaccount.com:generateAccessToken";
    const acting = {
      type: "impersonated_service_account",
      source_credentials: user,
      service_account_impersonation_url: url,
    };
    const held = await identity({ auth: "auto" }, bySecret(acting), signal);
    expect(held.token.revealText()).toMatch(/^gsa-/);
  });

  test("key.json is passed over unless the operator lets it be used", async () => {
    const { gcp, identity } = await start();
    await identity({ auth: "auto" }, bySecret("nonsense"), signal);
    expect([gcp.count("oauth"), gcp.count("sts")]).toEqual([0, 1]);
  });

  test.each([
    ["no JSON", "{"],
    ["another type", { type: "gdch_service_account" }],
    ["a file of the node", { type: "external_account", audience: "a", credential_source: { file: "/etc/shadow" } }],
    ["another server", { ...key, token_uri: "https://evil.example.com/token" }],
    ["another port", { ...key, token_uri: "https://oauth2.googleapis.com:8443/token" }],
    ["a key that is none", { ...key, private_key: "pem-canary" }],
    ["another cloud", { ...key, universe_domain: "example.com" }],
    [
      "a chain",
      {
        type: "impersonated_service_account",
        source_credentials: { type: "impersonated_service_account" },
        service_account_impersonation_url: "x",
      },
    ],
    [
      "acting elsewhere",
      {
        type: "impersonated_service_account",
        source_credentials: user,
        service_account_impersonation_url:
          "https://evil.example.com/v1/projects/-/serviceAccounts/a@b:generateAccessToken",
      },
    ],
  ])("key.json with %s is refused before anything is sent", async (_, json) => {
    const { gcp, identity } = await start({ settings });
    const error = await refusalOf(identity({ auth: "auto" }, bySecret(json), signal));
    expect([error.reason, gcp.requests.length]).toEqual(["identity_refused", 0]);
    expect(error.message).not.toMatch(/canary|shadow|PRIVATE/);
  });

  test("the daemon's own: the node's account, or a file of the operator, for the namespaces named", async () => {
    const files = {
      "/c.json": JSON.stringify({
        type: "external_account",
        audience: poolAudience,
        credential_source: { file: "/token", format: { type: "json", subject_token_field_name: "t" } },
      }),
      "/token": '{"t":"subject"}',
    };
    const granted = { providerCredentials: ["sh*"] };
    const node = await start({ settings: granted });
    const held = await node.identity({ auth: "provider" }, sessionOf(), signal);
    expect(held.token.revealText()).toBe("node-token-canary-1");
    const filed = await start({ settings: { ...granted, credentialsFile: "/c.json" }, files });
    filed.gcp.audience = poolAudience;
    await filed.identity({ auth: "provider" }, sessionOf(), signal);
    expect(filed.gcp.requests.map(({ body }) => body["subject_token"])).toEqual(["subject"]);
  });
});

describe("addresses", () => {
  test.each(["http://sts.example.com/v1/token", "https://user@sts.googleapis.com/", "ftp://x", "nonsense"])(
    "%s gets no token",
    async (tokenExchange) => {
      const endpoints = { ...defaultGcpSettings.endpoints, tokenExchange };
      const { identity } = await start({ settings: { endpoints, workloadIdentityProvider: pool } });
      expect((await refusalOf(identity(byPod, sessionOf(), signal))).reason).toBe("not_configured");
    },
  );
});
