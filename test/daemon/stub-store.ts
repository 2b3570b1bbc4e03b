import { MountError } from "../../src/model/error.ts";
import type { Outcome } from "../../src/model/outcome.ts";
import { Secret } from "../../src/model/secret.ts";
import { noListing, readOf } from "../../src/model/read.ts";
import type { Session } from "../../src/model/session.ts";
import { connectionOf, type StoreKind, standardRetries } from "../../src/model/store.ts";
import { faultOf } from "./faults.ts";

interface StubParams {
  /** `http://127.0.0.1:PORT/NAME` */
  readonly address: string;
  readonly audience: string | undefined;
}

interface StubRef {
  readonly name: string;
}

/**
 * The smallest store with a network: `GET ADDRESS/NAME` with the pod's identity and token in headers. What it answers is
 * up to the test's server.
 */
export function createStubStore(): StoreKind<StubParams, StubRef> {
  return {
    kind: "stub",
    language: {
      params: (fields) => ({
        address: fields.requiredText("address", "write the server's address"),
        audience: fields.text("audience"),
      }),
      object: (fields, { objectName }) => {
        fields.oneOf("objectType", ["plain"]);
        return readOf({ name: objectName }, objectName);
      },
      criteria: [],
    },
    describe: ({ address, audience }) => ({
      addresses: URL.canParse(address) ? [new URL(address).host + new URL(address).pathname] : [],
      audience: audience === undefined ? undefined : { name: audience, required: true, byApi: "no" },
      identity: { address, audience },
      quota: "",
      proof: "service-account",
      chosenBy: "manifest",
      files: [],
      retries: standardRetries,
      sessionPer: "service-account",
      endpoints: [],
    }),
    connect: () =>
      connectionOf({
        list: noListing("stub"),
        fetch: async (refs, session, signal) => {
          const token = session.tokens.get(session.params.audience ?? "")?.token.revealText() ?? "";
          return Promise.all(refs.map((ref) => read(ref, session, token, signal)));
        },
      }),
  };
}

async function read(
  { name }: StubRef,
  { params, pod }: Session<StubParams>,
  token: string,
  signal: AbortSignal,
): Promise<Outcome> {
  await faultOf(name, signal);
  const headers = { "x-identity": `${pod.namespace}/${pod.serviceAccount}`, authorization: `Bearer ${token}` };
  const fail = (error: MountError): Outcome => ({ kind: "failed", error });
  const url = `${params.address}/${encodeURIComponent(name)}`;
  const response = await fetch(url, { headers, signal }).catch(() => undefined);
  signal.throwIfAborted();
  if (response === undefined) return fail(new MountError("store_unavailable", "the server cannot be reached"));
  const retryAfter = Number(response.headers.get("retry-after") ?? "0") * 1000;
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (response.status === 404) return { kind: "missing", problem: `the server has no ${JSON.stringify(name)}` };
  if (response.status === 403) {
    return fail(new MountError("access_denied", `403 reading ${JSON.stringify(name)} as ${headers["x-identity"]}`));
  }
  if (response.status === 401) return fail(new MountError("identity_rejected", "401 from the server"));
  if (response.status === 429) return fail(new MountError("store_throttled", "429 from the server", { retryAfter }));
  if (response.status !== 200) return fail(new MountError("store_unavailable", `${response.status} from the server`));
  return { kind: "found", value: new Secret(bytes), version: response.headers.get("x-version") ?? "" };
}
