import { createHash } from "node:crypto";
import { MountError } from "../../model/error.ts";
import type { Session } from "../../model/session.ts";
import type { CallDoppler } from "./call.ts";
import type { Credential, Credentials } from "./credential.ts";
import { contentOf, type DopplerContent } from "./content.ts";
import type { ConfigMemory, KnownConfig } from "./config-memory.ts";
import { refusalOf } from "./errors.ts";
import type { DopplerParams, DopplerQuery } from "./params.ts";
import type { DopplerSettings } from "./settings.ts";

/** What downloads are made with. */
export interface DownloadWiring {
  readonly call: CallDoppler;
  readonly credentials: Credentials;
  readonly memory: ConfigMemory;
  readonly settings: DopplerSettings;
}

/** Longest list of names in a query, in characters; above that everything is asked for. */
export const longestNames = 6 * 1024;

/** Downloads what a query asks for, or has it from before. Rejects with MountError. */
export async function download(
  query: DopplerQuery,
  session: Session<DopplerParams>,
  wiring: DownloadWiring,
  signal: AbortSignal,
): Promise<DopplerContent> {
  refuseHost(session.params, wiring.settings);
  const first = await wiring.credentials(session, signal);
  try {
    return await downloadWith(first, query, session, wiring, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    if (MountError.from(thrown).reason !== "identity_rejected") throw thrown;
    first.drop();
    if (!first.kept) throw thrown;
    const second = await wiring.credentials(session, signal);
    return downloadWith(second, query, session, wiring, signal);
  }
}

/** A manifest says where tokens go, so the operator says where they may. */
function refuseHost({ host, verifyTls }: DopplerParams, { hosts, allowSkipVerify }: DopplerSettings): void {
  if (!hosts.includes(host)) {
    const text = `the operator does not allow the Doppler host ${new URL(host).host}; it would have to be in doppler-hosts`;
    throw new MountError("not_permitted", text);
  }
  if (verifyTls || allowSkipVerify) return;
  const text = "verifyTLS: false is not allowed here; remove it, or let the operator set doppler-allow-skip-verify";
  throw new MountError("not_permitted", text);
}

async function downloadWith(
  credential: Credential,
  query: DopplerQuery,
  session: Session<DopplerParams>,
  { call, memory, settings }: DownloadWiring,
  signal: AbortSignal,
): Promise<DopplerContent> {
  const { params, pod } = session;
  const { host, verifyTls, dynamicTtl } = params;
  const asked = `/v3/configs/config/secrets/download?${queryText(query, params, credential).toString()}`;
  // Leases of dynamic secrets are one pod's own.
  const owner = dynamicTtl === undefined ? "" : pod.uid;
  const key = createHash("sha256")
    .update(JSON.stringify([host, verifyTls, asked, owner]))
    .update(credential.token.reveal())
    .digest("base64url");
  const interval = dynamicTtl === undefined ? settings.minInterval : dynamicTtl * 750;
  return memory.get({ key, interval, owner: pod.namespace }, signal, async (known, inner) => {
    const etag = dynamicTtl === undefined ? known?.etag : undefined;
    const reply = await call({ host, verifyTls, path: asked, token: credential.token, etag }, inner);
    if (reply.status === 304 && known !== undefined && etag !== undefined) return known;
    if (reply.status !== 200) throw refusalOf(reply, { host, what: describeRead(query, params) });
    const content: KnownConfig = { ...contentOf(reply.body, query, host), etag: tagOf(reply.headers["etag"]) };
    return content;
  });
}

/** Throws MountError where the token does not know project and config, and nothing else says them. */
function queryText(query: DopplerQuery, params: DopplerParams, { ofOneConfig }: Credential): URLSearchParams {
  const config = query.config === "" ? params.config : query.config;
  const missing = Object.entries({ project: params.project, config }).filter(([, text]) => text === "");
  if (!ofOneConfig && missing.length > 0) {
    const names = missing.map(([name]) => name).join(" and ");
    throw new MountError("parameter_missing", `${names} must be set: only a service token knows its config by itself`);
  }
  const text = new URLSearchParams({ format: query.format === "map" ? "json" : query.format });
  if (params.project !== "") text.set("project", params.project);
  if (config !== "") text.set("config", config);
  const names = query.names?.join(",") ?? "";
  if (names !== "" && names.length <= longestNames) text.set("secrets", names);
  if (query.transformer !== undefined) text.set("name_transformer", query.transformer);
  // Said in any case: each call with true makes a lease.
  text.set("include_dynamic_secrets", String(params.dynamicTtl !== undefined));
  if (params.dynamicTtl !== undefined) text.set("dynamic_secrets_ttl_sec", String(params.dynamicTtl));
  return text;
}

/** `reading config "prd" of project "shop"`, for messages. */
export function describeRead(query: Pick<DopplerQuery, "config">, params: DopplerParams): string {
  const config = query.config === "" ? params.config : query.config;
  const which = config === "" ? "the token's config" : `config ${JSON.stringify(config)}`;
  return `reading ${which}${params.project === "" ? "" : ` of project ${JSON.stringify(params.project)}`}`;
}

/** Only what a header can hold goes back into one. */
function tagOf(etag: string | undefined): string | undefined {
  return etag !== undefined && /^(?:W\/)?"[\x21\x23-\x7e]{1,300}"$/u.test(etag) ? etag : undefined;
}
