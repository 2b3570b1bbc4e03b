import { createHash } from "node:crypto";
import type { ServerOptions } from "node:https";
import { startServer, type Asked, type Reply, type SmallServer } from "./small-server.ts";

/** Doppler's API as far as it is asked: OIDC login, download of a config. */
export interface FakeDoppler extends SmallServer {
  /** Configs of project `shop`, and their secrets without the three that Doppler adds. */
  readonly configs: Map<string, Map<string, string>>;
  /** Tokens that are written down, and the config that each opens. */
  readonly serviceTokens: Map<string, string>;
  /** Identities by UUID, and the configs that they may read. */
  readonly identities: Map<string, Set<string>>;
  /** Pods' tokens that are refused at the login. */
  readonly refusedJwts: Set<string>;
  /** Answers every download with this instead. */
  readReply: Reply | undefined;
  loginReply: Reply | undefined;
  /** Milliseconds since 1970, for the ends of tokens. */
  now: () => number;
  /** Leases of dynamic secrets made so far. */
  leases: number;
  /** Makes every token of a login invalid. */
  revoke(): void;
  /** Requests whose path starts so. */
  count(start: string): number;
}

/** The identity that may read `prd` and `dev`. */
export const identity = "6f0c7c3e-0d0c-4c1e-9f57-7b1f1e8f2a10";

/** The content of the specification's table of files. */
export const prd: Readonly<Record<string, string>> = {
  A: "1",
  B: "two\nlines",
  C64: "AAEC",
  J: '{"user":"admin","n":5,"o":{"k":[1]}}',
  E: "",
};

const life = 3_600_000;

/** Starts the fake, over TLS where options for it are given. */
export async function startDoppler(tls?: ServerOptions): Promise<FakeDoppler> {
  const issued = new Map<string, ReadonlySet<string>>();
  let serial = 0;
  const own = {
    configs: new Map([
      ["prd", new Map(Object.entries(prd))],
      ["dev", new Map([["A", "dev-canary"]])],
      ["locked", new Map([["A", "locked-canary"]])],
    ]),
    serviceTokens: new Map([["dp.st.prd.canary", "prd"]]),
    identities: new Map([[identity, new Set(["prd", "dev"])]]),
    refusedJwts: new Set<string>(),
    readReply: undefined as Reply | undefined,
    loginReply: undefined as Reply | undefined,
    now: () => Date.now(),
    leases: 0,
    revoke: () => issued.clear(),
  };
  const login = ({ body, method }: Asked): Reply => {
    if (fake.loginReply !== undefined) return fake.loginReply;
    const { identity: named, token } = JSON.parse(body) as { readonly identity: string; readonly token: string };
    const configs = fake.identities.get(named);
    if (method !== "POST" || configs === undefined) return refusal(404, "Could not find requested identity");
    if (fake.refusedJwts.has(token)) return refusal(401, "Invalid Auth token");
    serial += 1;
    const made = `dp.said.login-canary-${serial}`;
    issued.set(made, configs);
    return json({ success: true, token: made, expires_at: new Date(fake.now() + life).toISOString() });
  };
  const answer = (asked: Asked): Reply => {
    const url = new URL(asked.url, "http://doppler");
    if (url.pathname === "/v3/auth/oidc") return login(asked);
    const token = /^Bearer (\S+)$/u.exec(asked.headers.authorization ?? "")?.[1] ?? "";
    const ofService = fake.serviceTokens.get(token);
    const allowed = ofService === undefined ? issued.get(token) : new Set([ofService]);
    if (allowed === undefined) return refusal(401, "Invalid Service token");
    if (url.pathname !== "/v3/configs/config/secrets/download") return refusal(404, "Could not find requested path");
    if (fake.readReply !== undefined) return fake.readReply;
    const project = url.searchParams.get("project") ?? (ofService === undefined ? "" : "shop");
    const config = url.searchParams.get("config") ?? ofService ?? "";
    if (project === "" || config === "") return refusal(400, "You must specify a project and a config");
    if (project !== "shop") return refusal(404, "Could not find requested project");
    const secrets = fake.configs.get(config);
    if (secrets === undefined) return refusal(404, "Could not find requested config");
    if (!allowed.has(config)) return refusal(403, "This token does not have access to requested config");
    if (url.searchParams.get("include_dynamic_secrets") !== "false") own.leases += 1;
    const leases = url.searchParams.get("include_dynamic_secrets") === "true" ? { LEASE: `lease-${own.leases}` } : {};
    const all = { ...Object.fromEntries(secrets), ...ownSecrets(config), ...leases };
    return written(all, url.searchParams, asked, token);
  };
  const server = await startServer(answer, tls);
  const count = (start: string) => server.asked.filter(({ url }) => url.startsWith(start)).length;
  const fake: FakeDoppler = Object.assign(server, own, { count });
  Object.defineProperty(fake, "leases", { get: () => own.leases });
  return fake;
}

function ownSecrets(config: string): Readonly<Record<string, string>> {
  return { DOPPLER_PROJECT: "shop", DOPPLER_ENVIRONMENT: config, DOPPLER_CONFIG: config };
}

function written(
  all: Readonly<Record<string, string>>,
  query: URLSearchParams,
  { headers, url }: Asked,
  token: string,
): Reply {
  const names = query.get("secrets")?.split(",");
  const wanted = Object.entries(all).filter(([name]) => names?.includes(name) ?? true);
  const kebab = query.get("name_transformer") === "lower-kebab";
  const pairs = wanted.map(([name, value]) => [kebab ? name.toLowerCase().replaceAll("_", "-") : name, value] as const);
  const format = query.get("format") ?? "json";
  const body = format === "env" ? pairs.map(([name, value]) => `${name}=${JSON.stringify(value)}\n`).join("") : "";
  if (format !== "json" && format !== "env") return refusal(400, `Unknown format ${format}`);
  const text = format === "env" ? body : JSON.stringify(Object.fromEntries(pairs));
  const etag = `W/"${createHash("sha256").update(`${token} ${url} ${text}`).digest("hex")}"`;
  if (headers["if-none-match"] === etag) return { status: 304, headers: { etag } };
  const type = format === "env" ? "text/plain" : "application/json";
  return { headers: { etag, "content-type": type, "x-request-id": "made-up" }, body: text };
}

function json(value: object): Reply {
  return { body: JSON.stringify(value) };
}

/** An error in Doppler's form. */
export function refusal(status: number, message: string, data?: object): Reply {
  return {
    status,
    body: JSON.stringify({ messages: [message], success: false, ...(data === undefined ? {} : { data }) }),
  };
}
