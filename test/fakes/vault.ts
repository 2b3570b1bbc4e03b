import type { ServerOptions } from "node:https";
import { startServer, type Asked, type Reply, type SmallServer } from "./small-server.ts";

type Route = Reply | readonly Reply[] | ((asked: Asked) => Reply | Promise<Reply>);

/** A Vault server whose answers are scripted; logins give `tok`, then `tok-2` and so on. */
export interface FakeVault extends SmallServer {
  /** Answers by path without query, or by `METHOD path`; of a list, each once and the last for ever. */
  readonly routes: Map<string, Route>;
  /** What a login answers instead of a token. */
  login: {
    answer?: Reply;
    leaseDuration: number;
    renewable: boolean;
    /** What a login with these claims shows of the pod, laid over the rest of `auth`; undefined refuses it. */
    accept?: (claims: LoginClaims) => Readonly<Record<string, unknown>> | undefined;
  };
  /** Tokens that were given out and are still good; others get 403. */
  readonly tokens: Set<string>;
  /** Requests as `METHOD path`, in order of arrival. */
  calls(): readonly string[];
}

/** What a login asks for, and the pod that its token names. */
export interface LoginClaims {
  readonly role: string;
  readonly pod: string;
}

export const vaultJson = (value: unknown, status = 200): Reply => ({ status, body: JSON.stringify(value) });

/** An answer with this data, as the server writes it. */
export function vaultData(data: unknown, more: Readonly<Record<string, unknown>> = {}): Reply {
  return vaultJson({ request_id: "r1", lease_id: "", renewable: false, lease_duration: 0, data, ...more });
}

/** Starts the fake, over TLS where options for it are given. */
export async function startVault(tls?: ServerOptions): Promise<FakeVault> {
  const routes: FakeVault["routes"] = new Map();
  const tokens = new Set<string>();
  const login: FakeVault["login"] = { leaseDuration: 3600, renewable: true };
  let logins = 0;
  const scripted = (asked: Asked): Reply | Promise<Reply> | undefined => {
    const path = asked.url.split("?", 1)[0] ?? "";
    const name = [`${asked.method} ${path}`, path].find((one) => routes.has(one));
    const route = name === undefined ? undefined : routes.get(name);
    if (typeof route === "function") return route(asked);
    if (!Array.isArray(route)) return route as Reply | undefined;
    const [next, ...rest] = route as readonly Reply[];
    if (name !== undefined && rest.length > 0) routes.set(name, rest);
    return next;
  };
  const auth = (token: string, more: Readonly<Record<string, unknown>> = {}) => ({
    request_id: "l1",
    data: null,
    auth: {
      client_token: token,
      accessor: "a",
      policies: ["default"],
      lease_duration: login.leaseDuration,
      renewable: login.renewable,
      ...more,
    },
  });
  const server = await startServer((asked) => {
    if (asked.method === "POST" && /^\/v1\/auth\/.+\/login$/.test(asked.url)) {
      if (login.answer !== undefined) return login.answer;
      const more = login.accept === undefined ? {} : login.accept(claimsOf(asked.body));
      if (more === undefined) return vaultJson({ errors: ["permission denied"] }, 403);
      logins += 1;
      const token = logins === 1 ? "tok" : `tok-${logins}`;
      tokens.add(token);
      return vaultJson(auth(token, more));
    }
    const given = String(asked.headers["x-vault-token"] ?? "");
    if (asked.url === "/v1/sys/health") return scripted(asked) ?? vaultJson({ initialized: true });
    if (!tokens.has(given)) return vaultJson({ errors: ["permission denied"] }, 403);
    const reply = scripted(asked);
    if (reply !== undefined) return reply;
    if (asked.url === "/v1/auth/token/renew-self") return vaultJson(auth(given));
    return vaultJson({ errors: [] }, 404);
  }, tls);
  const calls = () => server.asked.map(({ method, url }) => `${method} ${url}`);
  return Object.assign(server, { routes, tokens, login, calls });
}

function claimsOf(body: string): LoginClaims {
  const { jwt, role } = JSON.parse(body) as { readonly jwt: string; readonly role: string };
  const claims = JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString("utf8")) as {
    readonly "kubernetes.io": { readonly pod: { readonly name: string } };
  };
  return { role, pod: claims["kubernetes.io"].pod.name };
}
