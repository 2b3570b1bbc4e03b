import { startServer, type Asked, type Reply, type SmallServer } from "./small-server.ts";

/** A version of an object, as the vectors write it. */
export interface FakeVersion {
  readonly version: string;
  readonly enabled: boolean;
  /** Seconds since 1970; left out where the vault does not say. */
  readonly created?: number;
  readonly value?: string;
  readonly contentType?: string;
  readonly kid?: boolean;
  readonly jwk?: Readonly<Record<string, string>>;
  readonly cer?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** Seconds since 1970. */
  readonly expires?: number;
}

export type FakeVaultContent = Readonly<
  Record<"secrets" | "keys" | "certificates", Readonly<Record<string, readonly FakeVersion[]>>>
>;

/** One server that plays every vault, Entra and the instance metadata service. */
export interface FakeAzure extends SmallServer {
  content: FakeVaultContent;
  /** Tokens that were given out and are still good. */
  readonly tokens: Set<string>;
  /** Sign-ins that are refused, by client id or assertion, with an AADSTS number. */
  readonly refused: Map<string, number>;
  /** The challenge of 401 answers. */
  challenge: string;
  /** Versions on a page of a list. */
  pageSize: number;
  calls(): readonly string[];
}

const json = (value: unknown, status = 200, headers = {}): Reply => ({ status, headers, body: JSON.stringify(value) });
const refuse = (status: number, code: string, inner?: string) =>
  json(
    {
      error: {
        code,
        message: "made-up-message-canary",
        ...(inner === undefined ? {} : { innererror: { code: inner } }),
      },
    },
    status,
  );

/** Starts the fake with this content, or an empty one. */
export async function startAzure(content?: FakeVaultContent): Promise<FakeAzure> {
  const tokens = new Set<string>();
  const refused = new Map<string, number>();
  let serial = 0;
  const token = (): Reply => {
    serial += 1;
    tokens.add(`azure-token-canary-${serial}`);
    return json({ access_token: `azure-token-canary-${serial}`, expires_in: 3600, token_type: "Bearer" });
  };
  const state = {
    content: content ?? { secrets: {}, keys: {}, certificates: {} },
    challenge: 'Bearer authorization="https://login.test/tenant", resource="https://vault.azure.net"',
    pageSize: 2,
  };
  const signIn = ({ body }: Asked): Reply => {
    const form = new URLSearchParams(body);
    const names = ["client_id", "client_secret", "client_assertion"].map((name) => form.get(name) ?? "");
    const number = names.map((name) => refused.get(name)).find((one) => one !== undefined);
    if (number === undefined) return token();
    return json({ error: "invalid_client", error_description: `AADSTS${number}: ${names.join(" ")}` }, 401);
  };
  const server: SmallServer = await startServer((asked) => {
    const url = new URL(asked.url, "http://fake");
    if (asked.method === "POST" && /\/(?:oauth2\/v2\.0|adfs\/oauth2)\/token$/.test(url.pathname)) return signIn(asked);
    if (url.pathname === "/metadata/identity/oauth2/token") {
      if (asked.headers["metadata"] !== "true") return refuse(400, "BadRequest");
      return url.searchParams.get("client_id") === "unknown" ? refuse(400, "invalid_request") : token();
    }
    if (!tokens.has((asked.headers.authorization ?? "").replace("Bearer ", ""))) {
      return json({ error: { code: "Unauthorized" } }, 401, { "www-authenticate": state.challenge });
    }
    return readVault(url, state, server.url);
  });
  const calls = () => server.asked.map(({ method, url }) => `${method} ${url}`);
  return Object.assign(server, state, {
    tokens,
    refused,
    calls,
    get content() {
      return state.content;
    },
    set content(next: FakeVaultContent) {
      state.content = next;
    },
    get challenge() {
      return state.challenge;
    },
    set challenge(next: string) {
      state.challenge = next;
    },
    get pageSize() {
      return state.pageSize;
    },
    set pageSize(next: number) {
      state.pageSize = next;
    },
  });
}

interface State {
  readonly content: FakeVaultContent;
  readonly pageSize: number;
}

function readVault(url: URL, { content, pageSize }: State, base: string): Reply {
  const [, folder = "", rawName = "", version = ""] = url.pathname.split("/");
  const name = decodeURIComponent(rawName);
  if (folder !== "secrets" && folder !== "keys" && folder !== "certificates") return refuse(400, "BadParameter");
  const kind = { secrets: "Secret", keys: "Key", certificates: "Certificate" }[folder];
  if (rawName === "" && folder === "secrets") return listSecrets(url, content, pageSize, base);
  if (name === "forbidden") return refuse(403, "Forbidden", "ForbiddenByRbac");
  if (name === "firewall") return refuse(403, "Forbidden", "ForbiddenByFirewall");
  const versions = content[folder][name];
  if (versions === undefined) return refuse(404, `${kind}NotFound`);
  const idOf = (one: FakeVersion) => `https://testkv.vault.azure.net/${folder}/${name}/${one.version}`;
  if (version === "versions") {
    const skip = Number(url.searchParams.get("skip") ?? "0");
    const page = versions.slice(skip, skip + pageSize);
    const value = page.map((one) => ({
      [folder === "keys" ? "kid" : "id"]: idOf(one),
      attributes: { enabled: one.enabled, ...(one.created === undefined ? {} : { created: one.created }) },
    }));
    const next = `${base}/${folder}/${rawName}/versions?api-version=7.4&skip=${skip + pageSize}`;
    return json({ value, nextLink: skip + pageSize < versions.length ? next : null });
  }
  const newest = versions.toSorted((a, b) => (b.created ?? 0) - (a.created ?? 0))[0];
  const found = version === "" ? newest : versions.find((one) => one.version === version);
  if (found === undefined) return refuse(404, `${kind}NotFound`);
  if (!found.enabled) return refuse(403, "Forbidden", `${kind}Disabled`);
  const { value, contentType, kid, jwk, cer } = found;
  if (folder === "keys") return json({ key: { kid: idOf(found), ...jwk } });
  if (folder === "certificates") return json({ id: idOf(found), cer });
  const certificate = kid === true ? { kid: "https://testkv.vault.azure.net/keys/k/1", managed: true } : {};
  return json({ value, id: idOf(found), ...(contentType === undefined ? {} : { contentType }), ...certificate });
}

/** Secrets a page, each by its newest version; nobody may list a vault with a secret `list-forbidden`. */
function listSecrets(url: URL, { secrets }: FakeVaultContent, pageSize: number, base: string): Reply {
  if (secrets["list-forbidden"] !== undefined) return refuse(403, "Forbidden", "ForbiddenByRbac");
  const skip = Number(url.searchParams.get("skip") ?? "0");
  const names = Object.keys(secrets);
  const value = names.slice(skip, skip + pageSize).map((name) => {
    const newest = secrets[name]?.toSorted((a, b) => (b.created ?? 0) - (a.created ?? 0))[0];
    const { enabled = false, expires, tags } = newest ?? {};
    return {
      id: `https://testkv.vault.azure.net/secrets/${name}`,
      attributes: { enabled, ...(expires === undefined ? {} : { exp: expires }) },
      ...(tags === undefined ? {} : { tags }),
    };
  });
  const next = `${base}/secrets?api-version=7.4&skip=${skip + pageSize}`;
  return json({ value, nextLink: skip + pageSize < names.length ? next : null });
}
