import type { Send } from "../http/send.ts";
import { MountError } from "../model/error.ts";
import type { KubeAccess } from "./access.ts";

/** One call of the Kubernetes API. */
export interface KubeRequest {
  readonly method: "GET" | "POST" | "PATCH";
  /** Path and query; names in it are escaped. */
  readonly path: string;
  readonly body?: unknown;
}

/** An answer, whatever its status. */
export interface KubeAnswer {
  readonly status: number;
  /** Undefined when the body is not JSON. */
  readonly json: unknown;
}

/** The few calls of the Kubernetes API that Keyferry makes. */
export interface KubeApi {
  /** Namespace that the daemon itself runs in. Rejects with MountError `not_configured`. */
  namespace(): Promise<string>;
  /** Rejects with MountError when there is no answer, or with the signal's reason. */
  call(request: KubeRequest, signal: AbortSignal): Promise<KubeAnswer>;
}

/** A PATCH is a merge patch (RFC 7386). */
const contentTypes = { GET: "", POST: "application/json", PATCH: "application/merge-patch+json" } as const;

/** Longest wait for an answer in milliseconds, and its largest body in bytes. */
const limits = { limit: 10_000, mostBytes: 2 * 1024 * 1024 } as const;

/** The API over `send`. The access is read on the first call, and again after it could not be. */
export function createKubeApi(load: () => Promise<KubeAccess>, send: Send): KubeApi {
  let loading: Promise<KubeAccess> | undefined;
  const access = () => {
    loading ??= load();
    loading.catch(() => (loading = undefined));
    return loading;
  };
  return {
    namespace: async () => (await access()).namespace,
    call: async ({ method, path, body }, signal) => {
      const { server, tls, token } = await access();
      const bearer = await token();
      const url = new URL(server + path);
      if (url.origin !== new URL(server).origin) throw new MountError("internal", "a path left the Kubernetes API");
      const headers = {
        accept: "application/json",
        "user-agent": "keyferry",
        ...(body === undefined ? {} : { "content-type": contentTypes[method] }),
        ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer.revealText()}` }),
      };
      const text = body === undefined ? undefined : JSON.stringify(body);
      const answer = await send({ method, url, headers, body: text, tls, ...limits }, signal).catch(
        (thrown: unknown) => {
          signal.throwIfAborted();
          const { reason, message, context } = MountError.from(thrown);
          throw new MountError(reason, `the Kubernetes API: ${message}`, context);
        },
      );
      return { status: answer.status, json: parseJson(answer.body) };
    },
  };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return undefined;
  }
}

/** A field of an answer; undefined where there is none. */
export function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}

/** Why the API refused, by its status; its own text is left out, since it may repeat what was sent. */
export function refusalOf({ status }: KubeAnswer, what: string, permission: string): MountError {
  if (status === 401) {
    return new MountError("not_configured", `the Kubernetes API does not know the daemon's service account; ${what}`);
  }
  if (status === 403) {
    return new MountError("not_configured", `the daemon may not ${what}; its role needs ${permission}`);
  }
  if (status === 404) return new MountError("not_configured", `the Kubernetes API has nothing to ${what} with`);
  if (status === 429) return new MountError("store_throttled", `the Kubernetes API throttles; it was asked to ${what}`);
  if (status >= 500) {
    return new MountError("store_unavailable", `the Kubernetes API failed with status ${status}; it was to ${what}`);
  }
  return new MountError("not_configured", `the Kubernetes API refused to ${what} with status ${status}`);
}
