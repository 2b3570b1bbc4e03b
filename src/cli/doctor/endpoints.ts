import { createHash } from "node:crypto";
import type { OperatorConfig } from "../../config/config.ts";
import { readCa } from "../../http/read-ca.ts";
import type { ChooseProxy } from "../../http/proxy.ts";
import type { Endpoint } from "../../model/endpoint.ts";
import { MountError } from "../../model/error.ts";
import type { Dialect } from "../../model/dialect.ts";
import { readBounded, readFolder } from "../../wiring/read-files.ts";
import { findingsOf, type Finding } from "./finding.ts";
import { reach, type Reached } from "./reach.ts";

/** What is reached for. */
export interface EndpointSettings {
  readonly config: OperatorConfig;
  /** The served ones. */
  readonly dialects: readonly Dialect[];
  readonly proxyOf: ChooseProxy;
  /** Milliseconds for each. */
  readonly limit: number;
  now(): number;
}

const { ok, warning, problem } = findingsOf("endpoints");

/** How long before its end a certificate is warned of, in milliseconds: two weeks. */
const soon = 14 * 24 * 60 * 60 * 1000;

interface Target {
  readonly endpoint: Endpoint;
  readonly users: string[];
}

/** Every address of the configuration once, all at the same time, in the configuration's order. */
export async function checkEndpoints(settings: EndpointSettings): Promise<readonly Finding[]> {
  const { targets, findings } = await collect(settings);
  const reached = await Promise.all(
    targets.map(async ({ endpoint, users }) => checkOne(endpoint, users.join(", "), settings)),
  );
  const all = [...findings, ...reached.flat()];
  return all.length > 0 ? all : [ok("addresses", "the configuration names none")];
}

async function checkOne(endpoint: Endpoint, users: string, settings: EndpointSettings): Promise<readonly Finding[]> {
  const { limit, proxyOf, now } = settings;
  const url = new URL(endpoint.address);
  try {
    const proxy = url.protocol === "unix:" ? undefined : proxyOf(url);
    if (proxy === undefined) return judge(endpoint, users, await reach(endpoint, limit), now());
    // What lies behind it is not tried: that takes the proxy's credentials.
    const reached = await reach({ address: proxy.url.origin }, limit);
    const subject = `${shownAddress(endpoint.address)} (${users})`;
    const which = `proxy ${proxy.url.host} (${proxy.variable})`;
    if (reached.kind === "reached") return [ok(subject, `is asked through ${which}, which takes connections`)];
    const fix = `correct ${proxy.variable}, or except the address in NO_PROXY`;
    return [problem(subject, `is asked through ${which}: ${reached.problem}`, fix)];
  } catch (thrown) {
    return [problem(users, MountError.from(thrown).message, "correct the variable")];
  }
}

async function collect({ config, dialects }: EndpointSettings) {
  const targets = new Map<string, Target>();
  const findings: Finding[] = [];
  const add = async (who: string, named: readonly Endpoint[]) => {
    try {
      for (const endpoint of await Promise.all(named.map(withCa))) {
        const key = keyOf(endpoint);
        const target = targets.get(key) ?? { endpoint, users: [] };
        targets.set(key, target);
        if (!target.users.includes(who)) target.users.push(who);
      }
    } catch (thrown) {
      findings.push(
        problem(who, MountError.from(thrown).message, "correct the CA that is named, or put the file there"),
      );
    }
  };
  for (const { name, store, params } of config.stores) {
    await add(`store ${JSON.stringify(name)}`, store.describe(params).endpoints);
  }
  for (const { kind, source } of config.keys) {
    const endpoints = kind.endpoints(source).filter(({ address }) => URL.canParse(address));
    await add(`key ${JSON.stringify(source.name)}`, endpoints);
  }
  for (const { name, endpoints } of dialects) {
    await add(`provider ${name}`, endpoints);
  }
  return { targets: [...targets.values()], findings };
}

/** The certificates that the endpoint names, as they are now. Rejects with MountError. */
async function withCa(endpoint: Endpoint): Promise<Endpoint> {
  return {
    ...endpoint,
    ca: await readCa({ ...endpoint, all: endpoint.addsCa }, { file: readBounded, folder: readFolder }),
  };
}

/** Addresses with the same server, held to the same certificate. */
function keyOf({ address, ca = "", addsCa = false, serverName = "", insecure = false }: Endpoint): string {
  const digest = createHash("sha256").update(ca).digest("base64url");
  return JSON.stringify([shownAddress(address), digest, addsCa, serverName, insecure]);
}

/** Without path and query, which are not looked at. */
function shownAddress(address: string): string {
  const url = new URL(address);
  return url.protocol === "unix:" ? address : `${url.protocol}//${url.host}`;
}

function judge({ address, insecure }: Endpoint, users: string, reached: Reached, now: number): readonly Finding[] {
  const shown = shownAddress(address);
  const subject = `${shown} (${users})`;
  if (reached.kind === "failed") return [problem(subject, reached.problem, fixOf(reached, shown))];
  const { until } = reached;
  if (!shown.startsWith("https:")) return [ok(subject, "takes connections")];
  if (insecure === true) {
    const fix = "name its CA, and leave out what switches the check off";
    return [warning(subject, "takes connections; its certificate is not verified", fix)];
  }
  if (until !== undefined && until - now < soon) {
    const day = new Date(until).toISOString().slice(0, 10);
    return [warning(subject, `its certificate ends on ${day}`, "renew it")];
  }
  return [ok(subject, "takes connections; its certificate is trusted")];
}

function fixOf({ step }: Extract<Reached, { kind: "failed" }>, shown: string): string {
  if (step === "look-up") return "correct the host's name, or the DNS of the node or pod";
  if (step === "handshake") return "name the CA that signed its certificate, or correct address and server name";
  const port = URL.parse(shown)?.port ?? "";
  const value = port === "" ? "networkPolicy.ports" : `networkPolicy.ports of the chart must hold ${port}`;
  return `correct the address, or open the way: firewalls, ${value}`;
}
