import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { crc32c } from "../../src/stores/gcp/crc32c.ts";
import { MountError } from "../../src/model/error.ts";
import { attributesOf, createMounting, type Mounting } from "../fakes/mounting.ts";
import { readVector } from "../vectors/vectors.ts";
import { startServer, type Reply, type SmallServer } from "../fakes/small-server.ts";

const canary = "canary-of-an-answer-51d9";
const tokensKey = "csi.storage.k8s.io/serviceAccount.tokens";

let server: SmallServer;
let answer: (path: string) => Reply;

beforeAll(async () => {
  server = await startServer(({ url }) => answer(url));
});

afterAll(() => server.close());

/** Any JSON, with the canary in its texts. */
const strange = fc.jsonValue({ maxDepth: 3 }).map((value) => marked(value));

function marked(value: unknown): unknown {
  if (typeof value === "string") return `${canary}${value}`;
  if (Array.isArray(value)) return value.map(marked);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [`${name}${canary}`, marked(inner)]));
}

/** A good answer with one of its values, at any depth, replaced or left out. */
function broken(good: unknown): fc.Arbitrary<unknown> {
  const places: (readonly string[])[] = [];
  const visit = (value: unknown, path: readonly string[]) => {
    places.push(path);
    if (typeof value !== "object" || value === null) return;
    for (const [name, inner] of Object.entries(value)) visit(inner, [...path, name]);
  };
  visit(good, []);
  const changes = fc.record({ path: fc.constantFrom(...places), by: fc.option(strange, { nil: undefined }) });
  return changes.map(({ path, by }) => replaced(good, path, by));
}

function replaced(value: unknown, path: readonly string[], by: unknown): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return by;
  const record = value as Readonly<Record<string, unknown>>;
  const next = replaced(record[name], rest, by);
  if (Array.isArray(value)) return value.map((one: unknown, at) => (String(at) === name ? next : one));
  return { ...record, [name]: next };
}

/** Requests by what their path ends in, and what a good server says to each. */
interface Kind {
  readonly dialect: string;
  readonly settings: () => Readonly<Record<string, string>>;
  readonly attributes: Readonly<Record<string, string>>;
  readonly tokens: Readonly<Record<string, string>>;
  readonly good: Readonly<Record<string, unknown>>;
}

interface Fixture {
  readonly fixture: {
    readonly secrets: Readonly<Record<string, readonly { readonly value: string }[]>>;
    readonly keys: Readonly<Record<string, readonly { readonly jwk: Readonly<Record<string, string>> }[]>>;
    readonly certificates: Readonly<Record<string, readonly { readonly cer: string }[]>>;
  };
}
const { fixture } = JSON.parse(readVector("azure/mounts.json")) as Fixture;
const payload = Buffer.from("v1");

const kinds: Readonly<Record<string, Kind>> = {
  vault: {
    dialect: "vault",
    settings: () => ({ "vault-addr": server.url }),
    attributes: {
      roleName: "shop",
      objects: "- { objectName: f, secretPath: kv/data/a, secretKey: k }\n- { objectName: all, secretPath: pki/issue }",
    },
    tokens: { vault: "jwt" },
    good: {
      "/login": { auth: { client_token: "tok", lease_duration: 3600, renewable: true } },
      "/a": { data: { data: { k: "v" }, metadata: { version: 3, created_time: "2026-01-01T00:00:00Z" } } },
      "/issue": {
        lease_id: "L",
        lease_duration: 60,
        renewable: true,
        data: { serial_number: "1", expiration: 1_900_000_000 },
      },
    },
  },
  azure: {
    dialect: "azure",
    settings: () => ({ "azure-vault-endpoint": server.url, "azure-authority-endpoint": server.url }),
    attributes: {
      keyvaultName: "shop",
      tenantID: "tenant-1",
      clientID: "client-1",
      objects: ["secret", "key", "cert"]
        .map((type) => `  - |\n    objectName: ${type}\n    objectType: ${type}\n    objectVersionHistory: 2\n`)
        .join("")
        .replace(/^/, "array:\n"),
    },
    tokens: { "api://AzureADTokenExchange": "jwt" },
    good: {
      "/token": { access_token: "tok", expires_in: 3600 },
      "/versions": {
        value: [
          {
            id: `https://x/secrets/s/${"a".repeat(32)}`,
            kid: `https://x/keys/s/${"a".repeat(32)}`,
            attributes: { enabled: true, created: 1 },
          },
        ],
      },
      "": {
        id: `https://x/secrets/s/${"a".repeat(32)}`,
        value: fixture.secrets["pfx-kvstyle"]?.[0]?.value,
        contentType: "application/x-pkcs12",
        kid: "https://x/keys/k/1",
        cer: fixture.certificates["leaf"]?.[0]?.cer,
        key: { ...fixture.keys["rsa2048"]?.[0]?.jwk, kid: `https://x/keys/k/${"a".repeat(32)}` },
      },
    },
  },
  gcp: {
    dialect: "gcp",
    settings: () => ({
      "gcp-workload-identity-provider": "//iam.googleapis.com/p",
      "gcp-token-endpoint": `${server.url}/token`,
      "gcp-secret-manager-endpoint": server.url,
      "gcp-parameter-manager-endpoint": server.url,
    }),
    attributes: {
      secrets:
        "- { resourceName: projects/p/secrets/s/versions/latest, path: f }\n" +
        "- { resourceName: projects/p/locations/global/parameters/s/versions/v, path: g, extractJSONKey: k }",
    },
    tokens: { "//iam.googleapis.com/p": "jwt" },
    good: {
      "/token": { access_token: "tok", expires_in: 3600, token_type: "Bearer" },
      ":access": {
        name: "projects/1/secrets/s/versions/7",
        payload: { data: payload.toString("base64"), dataCrc32c: String(crc32c(payload)) },
      },
      ":render": {
        parameterVersion: "projects/1/locations/global/parameters/s/versions/v",
        renderedPayload: "eyJrIjoidiJ9",
      },
    },
  },
};

function goodFor({ good }: Kind, url: string): string {
  const path = url.split("?", 1)[0] ?? "";
  return Object.keys(good).find((end) => path.endsWith(end)) ?? "";
}

/** How a Mount ends; waits inside it pass at once. */
async function mountOnce(one: Mounting, { dialect, attributes, tokens }: Kind): Promise<MountError | undefined> {
  const given = Object.entries(tokens).map(([audience, token]) => [audience, { token }]);
  const all = { ...attributesOf(attributes), [tokensKey]: JSON.stringify(Object.fromEntries(given)) };
  const state: { ended: boolean; error: unknown } = { ended: false, error: undefined };
  one.mount(all, { dialect }).then(
    () => (state.ended = true),
    (error: unknown) => Object.assign(state, { ended: true, error }),
  );
  while (!state.ended) await one.clock.advance(250);
  if (state.error === undefined || state.error instanceof MountError) return state.error;
  throw new Error("something else than a MountError", { cause: state.error });
}

describe.each(Object.entries(kinds))("whatever %s answers", (_, kind) => {
  test("a good server's answers are mounted", async () => {
    answer = (url) => ({ body: JSON.stringify(kind.good[goodFor(kind, url)]) });
    const error = await mountOnce(createMounting(undefined, kind.settings()), kind);
    expect(error).toBeUndefined();
  });

  test("a Mount ends well or with a reason, and tells nothing of the answer", async () => {
    const part = fc.constantFrom(...Object.keys(kind.good)).chain((end) =>
      fc.record({
        end: fc.constant(end),
        body: fc.oneof(
          broken(kind.good[end]).map((value) => JSON.stringify(value ?? null)),
          strange.map((value) => JSON.stringify(value)),
          fc.string().map((text) => canary + text),
        ),
        status: fc.constantFrom(200, 200, 200, 200, 400, 401, 403, 404, 429, 500),
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 3 }), async (parts) => {
        answer = (url) => {
          const end = goodFor(kind, url);
          const bad = parts.find((one) => one.end === end);
          return bad ?? { body: JSON.stringify(kind.good[end]) };
        };
        const error = await mountOnce(createMounting(undefined, kind.settings()), kind);
        expect(error?.reason).not.toBe("internal");
        expect(error?.text ?? "").not.toContain(canary);
      }),
      { numRuns: 150 },
    );
  }, 120_000);
});
