import type { ServerOptions } from "node:https";
import { startServer, type Asked, type Reply, type SmallServer } from "./small-server.ts";

/** A Conjur server with a JWT authenticator: login, batch read, single read with versions, listing. */
export interface FakeConjur extends SmallServer {
  /** Values of variables of account `myacct`, the latest last; an empty list is a variable without value. */
  readonly variables: Map<string, Buffer[]>;
  /** Annotations of variables by id. */
  readonly annotations: Map<string, Readonly<Record<string, string>>>;
  /** Variables that nobody may read. */
  readonly denied: Set<string>;
  /** Tokens of pods that are refused at the login. */
  readonly refusedTokens: Set<string>;
  /** Answers a login with this status instead. */
  loginStatus: number | undefined;
  /** Answers a read with this instead. */
  readReply: Reply | undefined;
  /** Milliseconds since 1970, for `iat`. */
  now: () => number;
  /** Makes every access token given out so far invalid. */
  revoke(): void;
  /** Requests whose path starts so. */
  count(start: string): number;
}

/** Host ids that logins have been made for, and everything else that a login says. */
const loginForm = /^\/authn-jwt\/([^/]+)\/myacct(?:\/([^/]+))?\/authenticate$/u;

/** Starts the fake, over TLS where options for it are given. */
export async function startConjur(tls?: ServerOptions): Promise<FakeConjur> {
  const issued = new Set<string>();
  let serial = 0;
  const own = {
    variables: initialVariables(),
    annotations: new Map<string, Readonly<Record<string, string>>>(),
    denied: new Set(["forbid/x"]),
    refusedTokens: new Set<string>(),
    loginStatus: undefined as number | undefined,
    readReply: undefined as Reply | undefined,
    now: () => Date.now(),
    revoke: () => issued.clear(),
  };
  const login = ({ url, body, headers }: Asked): Reply => {
    const [, service = ""] = loginForm.exec(url) ?? [];
    const form = new URLSearchParams(body);
    if (fake.loginStatus !== undefined) return { status: fake.loginStatus };
    const isForm = headers["content-type"] === "application/x-www-form-urlencoded";
    const jwt = form.get("jwt") ?? "";
    if (!isForm || jwt === "" || service === "badauth" || fake.refusedTokens.has(jwt)) return { status: 401 };
    serial += 1;
    const claims = { sub: "host/pod", iat: Math.floor(fake.now() / 1000), serial };
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64");
    const token = JSON.stringify({ protected: part({}), payload: part(claims), signature: "access-token-canary" });
    issued.add(Buffer.from(token).toString("base64"));
    return { body: token };
  };
  const answer = (asked: Asked): Reply => {
    if (asked.url.startsWith("/authn-jwt/")) return login(asked);
    const [, token = ""] = /^Token token="([^"]+)"$/u.exec(asked.headers.authorization ?? "") ?? [];
    if (!issued.has(token)) return { status: 401 };
    if (fake.readReply !== undefined) return fake.readReply;
    const url = new URL(asked.url, "http://conjur");
    if (asked.url.startsWith("/secrets/?")) return batch(url, asked, fake);
    if (url.pathname.startsWith("/secrets/myacct/variable/")) return single(url, fake);
    return /^\/resources\/myacct\/?$/u.test(url.pathname) ? list(url, fake) : { status: 404 };
  };
  const server = await startServer(answer, tls);
  const count = (start: string) => server.asked.filter(({ url }) => url.startsWith(start)).length;
  const fake: FakeConjur = Object.assign(server, own, { count });
  return fake;
}

function initialVariables(): Map<string, Buffer[]> {
  const texts = {
    "db-credentials/url": "https://db.com",
    "db-credentials/username": "db_user",
    "db-credentials/password": "Sup3rSecretP@ssword",
    nl: "line\n",
    "a:b": "colon",
    "sp ace": "space",
  };
  const entries = Object.entries(texts).map(([id, text]): [string, Buffer[]] => [id, [Buffer.from(text)]]);
  return new Map<string, Buffer[]>([
    ...entries,
    ["bin", [Buffer.from(Array.from({ length: 256 }, (_, at) => at))]],
    ["long", [Buffer.alloc(70_000, "x")]],
    ["unset", []],
  ]);
}

function refusal(status: number, code: string, message: string): Reply {
  return { status, body: JSON.stringify({ error: { code, message } }) };
}

function notFound(full: string): Reply {
  return refusal(404, "not_found", `CONJ00076E Variable ${full} is empty or not found.`);
}

/** All or nothing, and the first that is wrong decides; ids that occur twice are not found, as a real server has it. */
function batch(url: URL, { headers }: Asked, fake: FakeConjur): Reply {
  const full = (url.searchParams.get("variable_ids") ?? "").split(",").filter((id) => id !== "");
  if (full.length === 0) return refusal(422, "unprocessable_entity", "variable_ids is empty");
  const values: Record<string, string> = {};
  const ids = full.map((one) => one.replace(/^myacct:variable:/u, ""));
  if (ids.some((id) => fake.denied.has(id))) return { status: 403 };
  for (const id of ids) {
    const value = fake.variables.get(id)?.at(-1);
    if (value === undefined || values[`myacct:variable:${id}`] !== undefined) return notFound(`myacct:variable:${id}`);
    values[`myacct:variable:${id}`] = wrapped(value);
  }
  if (headers["accept-encoding"] !== "base64") return refusal(406, "not_acceptable", "CONJ00074E");
  return { headers: { "content-encoding": "base64" }, body: JSON.stringify(values) };
}

/** Base64 with a line feed every 60 characters and at the end. */
function wrapped(value: Buffer): string {
  return value.toString("base64").replace(/.{1,60}/gu, "$&\n");
}

function single(url: URL, { variables, denied }: FakeConjur): Reply {
  const id = decodeURIComponent(url.pathname.slice("/secrets/myacct/variable/".length));
  if (denied.has(id)) return { status: 403 };
  const version = url.searchParams.get("version");
  const values = variables.get(id) ?? [];
  const value = version === null ? values.at(-1) : values[Number(version) - 1];
  if (value === undefined) return notFound(`myacct:variable:${id}`);
  return { headers: { "content-type": "application/octet-stream" }, body: value };
}

function list(url: URL, { variables, annotations }: FakeConjur): Reply {
  const [limit, offset] = [Number(url.searchParams.get("limit")), Number(url.searchParams.get("offset"))];
  const all = [...variables].map(([id, values]) => ({
    id: `myacct:variable:${id}`,
    owner: "myacct:policy:root",
    annotations: Object.entries(annotations.get(id) ?? {}).map(([name, value]) => ({ name, value })),
    secrets: values.map((_, at) => ({ version: at + 1 })),
  }));
  return { body: JSON.stringify(all.slice(offset, offset + limit)) };
}
