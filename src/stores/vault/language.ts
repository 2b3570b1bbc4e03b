import type { ChosenBy } from "../../model/chosen-by.ts";
import type { Fields } from "../../model/fields.ts";
import type { Identifying } from "../../model/session.ts";
import type { ObjectContext } from "../../model/store.ts";
import { goJson, type GoJson } from "../../text/go/json.ts";
import { addressProblem, apiPathProblem, isNamespace, type VaultConnection } from "./connection.ts";
import { cleanPath, isMethod, parseSecretPath, type VaultRequest } from "./request.ts";
import { plainClient } from "./client-settings.ts";
import { vaultVariant } from "./variants.ts";
import type { VaultTls } from "./tls.ts";

/** What a session with a server needs. */
export interface VaultParams extends VaultConnection {
  /** Path of the auth mount, clean. */
  readonly authMount: string;
  readonly role: string;
  /** Which of the pod's tokens to log in with; undefined: that of `standardAudience`, else a token made for the cluster's own. */
  readonly audience: string | undefined;
  /** The audience that is the store's where none is named. */
  readonly standardAudience: string;
  /** Secret with the key of versions that the server does not give, where the operator names none. */
  readonly hmacSecret: string;
  readonly chosenBy: ChosenBy;
  /** Files that the manifest names; those of the operator's settings are not among them. */
  readonly files: readonly string[];
}

/** One object: the request that gives it, and what is shown of the answer. */
export interface VaultRef {
  readonly request: VaultRequest;
  /** Key to pick; empty for all of the data. */
  readonly key: string;
  /** Whether the field `mount_type` of answers is one of the known ones (default: it is). */
  readonly knowsMountType?: boolean;
}

const methods = ["GET", "POST", "PUT"] as const;

/** Own fields of a `stores` entry. */
export function parseParams(fields: Fields): VaultParams {
  const addresses = fields.texts("address") ?? [];
  if (!fields.has("address") || addresses.length === 0) {
    fields.requiredText("address", "write the server's URL, such as https://vault.example.com:8200, or a list of them");
  }
  for (const address of addresses) {
    const problem = addressProblem(address) ?? apiPathProblem(address);
    if (problem !== undefined) fields.refuse("address", problem, "write a URL such as https://vault.example.com:8200");
  }
  const authMount = fields.text("authMount") ?? "";
  if (/^\/*(?:v1\/+)?auth\//u.test(authMount)) {
    fields.refuse(
      "authMount",
      "it starts with auth/, which is added to it",
      "write the mount's own path, such as kubernetes",
    );
  }
  const tls = parseTls(fields);
  const namespace = fields.text("vaultNamespace") ?? "";
  if (!isNamespace(namespace)) fields.refuse("vaultNamespace", "it is no namespace", "write a path such as team/a");
  return {
    addresses,
    namespace,
    authMount: parseMount(authMount),
    role: fields.requiredText("role", "name the role of the auth mount that the pod logs in as"),
    audience: fields.text("audience"),
    standardAudience: vaultVariant.audience,
    hmacSecret: vaultVariant.hmacSecret,
    client: plainClient,
    chosenBy: "manifest",
    files: [tls.caFile, tls.certificateFile, tls.keyFile].filter((path) => path !== undefined),
    tls,
  };
}

function parseTls(fields: Fields): VaultTls {
  const tls = {
    ca: fields.text("ca"),
    caFile: fields.text("caFile"),
    certificateFile: fields.text("clientCertFile"),
    keyFile: fields.text("clientKeyFile"),
    serverName: fields.text("serverName"),
    skipVerify: fields.boolean("tlsSkipVerify") ?? false,
  };
  if (tls.ca !== undefined && tls.caFile !== undefined) {
    fields.refuse("caFile", "ca is there too", "keep one of them");
  }
  if ((tls.certificateFile === undefined) !== (tls.keyFile === undefined)) {
    const name = tls.keyFile === undefined ? "clientCertFile" : "clientKeyFile";
    fields.refuse(name, "it stands alone", "name both clientCertFile and clientKeyFile");
  }
  return tls;
}

/** An auth mount's path without slashes around it; `kubernetes` for the empty one. */
export function parseMount(text: string): string {
  return cleanPath(text === "" ? "kubernetes" : text).slice(1);
}

/** Own fields of an object. */
export function parseRef(fields: Fields, { objectName }: ObjectContext): VaultRef {
  const version = fields.text("objectVersion");
  const method = fields.oneOf("method", methods) ?? "GET";
  const args = fields.map("arguments");
  if (args !== undefined && method === "GET") {
    fields.refuse("arguments", "method is GET, which takes none", "set method to POST or PUT");
  }
  if (version !== undefined && !/^[1-9]\d{0,9}$/u.test(version)) {
    fields.refuse("objectVersion", "it is not the number of a version", "write a number such as 3");
  }
  const parsed = parseSecretPath(objectName);
  if (parsed.kind === "refused") {
    fields.refuse("objectName", parsed.problem, "write a path such as secret/data/shop/db");
  }
  const { path, query } = parsed.kind === "path" ? parsed : { path: "/v1", query: "" };
  const versioned =
    version === undefined ? query : [query, `version=${version}`].filter((part) => part !== "").join("&");
  const body = args === undefined ? undefined : goJson(new Map<string, GoJson>(args));
  return { request: { method, path, query: versioned, body }, key: fields.text("key") ?? "" };
}

/** Whether a request changes nothing in the server, as far as HTTP says. */
export function isRead({ method }: VaultRequest): boolean {
  return ["", "GET", "HEAD", "LIST"].includes(method.toUpperCase()) && isMethod(method);
}

/** Everything of the parameters that can change whose credential is used, or with whom. */
export function identifying(params: VaultParams): Identifying {
  const { addresses, namespace, authMount, role, audience, standardAudience, tls } = params;
  return { addresses, namespace, authMount, role, audience, standardAudience, tls: { ...tls } };
}
