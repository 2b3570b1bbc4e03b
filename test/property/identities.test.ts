import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { crc32c } from "../../src/stores/gcp/crc32c.ts";
import { attributesOf, createMounting, textsOf, type Mounting } from "../fakes/mounting.ts";
import { startServer, type Asked, type SmallServer } from "../fakes/small-server.ts";

const tokensKey = "csi.storage.k8s.io/serviceAccount.tokens";

let server: SmallServer;

/** A server for each kind of store at once: a token says whom it was given to, and a secret says who read it. */
beforeAll(async () => {
  server = await startServer((asked) => {
    const { url, body } = asked;
    const login = /"jwt":"([^"]+)"|client_assertion=([^&]+)|"subject_token":"([^"]+)"/.exec(body);
    if (login !== null) {
      const token = `tok-${decodeURIComponent(login[1] ?? login[2] ?? login[3] ?? "")}`;
      const auth = { client_token: token, lease_duration: 3600, renewable: true };
      return { body: JSON.stringify({ access_token: token, expires_in: 3600, auth }) };
    }
    const who = Buffer.from(readerOf(asked));
    const payload = { data: who.toString("base64"), dataCrc32c: String(crc32c(who)) };
    const version = "a".repeat(32);
    const azure = { id: `https://x/secrets/db/${version}`, value: who.toString() };
    const gcp = { name: "projects/1/secrets/db/versions/7", payload };
    return {
      body: JSON.stringify(url.startsWith("/v1/kv") ? { data: { who: who.toString() } } : { ...azure, ...gcp }),
    };
  });
});

afterAll(() => server.close());

function readerOf({ headers }: Asked): string {
  const token = String(headers["x-vault-token"] ?? headers.authorization ?? "").replace(/^Bearer /, "");
  // A token of a service account is `namespace.account.pod`.
  return token.replace(/^tok-/, "").split(".").slice(0, 2).join("/");
}

interface Kind {
  readonly dialect: string;
  readonly audience: string;
  readonly attributes: Readonly<Record<string, string>>;
}

const kinds: readonly Kind[] = [
  {
    dialect: "vault",
    audience: "vault",
    attributes: { roleName: "shop", objects: "- { objectName: db, secretPath: kv/db, secretKey: who }" },
  },
  {
    dialect: "azure",
    audience: "api://AzureADTokenExchange",
    attributes: {
      keyvaultName: "shop",
      tenantID: "tenant-1",
      clientID: "client-1",
      objects: "array:\n  - |\n    objectName: db\n    objectType: secret\n",
    },
  },
  {
    dialect: "gcp",
    audience: "//iam.googleapis.com/p",
    attributes: { secrets: "- { resourceName: projects/p/secrets/db/versions/latest, path: db }" },
  },
];

function mounting(): Mounting {
  return createMounting(undefined, {
    "vault-addr": server.url,
    "azure-vault-endpoint": server.url,
    "azure-authority-endpoint": server.url,
    "gcp-workload-identity-provider": "//iam.googleapis.com/p",
    "gcp-token-endpoint": `${server.url}/token`,
    "gcp-secret-manager-endpoint": server.url,
  });
}

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constantFrom(...kinds), pod: fc.nat(2), account: fc.nat(2), team: fc.nat(2) }),
  },
  { weight: 1, arbitrary: fc.record({ wait: fc.constantFrom(1_000, 130_000, 4_000_000) }) },
);

describe("no pod is given what another identity read", () => {
  test("whatever is mounted by whom, at once and one after another, with every kind of store", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 25 }), async (steps) => {
        const one = mounting();
        const mounts: Promise<void>[] = [];
        for (const taken of steps) {
          if ("wait" in taken) {
            await Promise.all(mounts);
            await one.clock.advance(taken.wait);
            continue;
          }
          // Names that a careless key would mix up.
          const [namespace, account] = [`t${"-a".repeat(taken.team)}`, `${"a-".repeat(taken.account)}x`];
          const pod = `web-${taken.pod}`;
          const { dialect, audience, attributes } = taken.kind;
          const given = {
            ...attributesOf(attributes, pod),
            "csi.storage.k8s.io/pod.namespace": namespace,
            "csi.storage.k8s.io/pod.uid": `${namespace}-${account}-${pod}`,
            "csi.storage.k8s.io/serviceAccount.name": account,
            [tokensKey]: JSON.stringify({ [audience]: { token: `${namespace}.${account}.${pod}` } }),
          };
          const mount = one.mount(given, { dialect }).then((answer) => {
            expect(textsOf(answer)).toEqual({ db: `${namespace}/${account}` });
          });
          mounts.push(mount);
        }
        await Promise.all(mounts);
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});
