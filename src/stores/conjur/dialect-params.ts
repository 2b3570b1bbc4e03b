import { certificatesIn } from "../../http/read-ca.ts";
import type { IssueSink } from "../../model/issue.ts";
import type { Parameters } from "../../model/pod.ts";
import { addressFix, isPathPart, parseAddress, serviceOf } from "./address.ts";
import { isAccount } from "./language.ts";
import { standardAudience, type ConjurParams } from "./params.ts";
import type { ConjurSettings } from "./settings.ts";

/** Name of the parameter that says where the list of variables is, and of the pod's annotation that holds it. */
export const names = { version: "conjur.org/configurationVersion", list: "conjur.org/secrets" } as const;

/** Whether the list stands in the pod's annotation, with the manifest's as a stand-in; undefined for an unknown version. */
export function listIsOnPod(parameters: Parameters): boolean | undefined {
  const version = parameters.get(names.version) ?? "";
  if (version === "0.1.0") return false;
  return version === "" || version === "0.2.0" ? true : undefined;
}

/** Reads every parameter but the list. Every mistake is an issue; what is wrong is then empty. */
export function parseDialectParams(parameters: Parameters, settings: ConjurSettings, issues: IssueSink): ConjurParams {
  const text = (name: string) => parameters.get(name) ?? "";
  const refuse = (parameter: string, problem: string, fix: string) => {
    issues.add({ reason: "parameter_invalid", place: { parameter }, problem, fix });
  };
  if (listIsOnPod(parameters) === undefined) {
    const written = JSON.stringify(text(names.version).slice(0, 40));
    refuse(names.version, `CKCP013 CKCP006 unsupported configuration version: ${written}`, "write 0.2.0 or 0.1.0");
  }
  const required = (name: string, fallback: string, fix: string) => {
    const value = text(name) || fallback;
    const problem = "CKCP013 CKCP009 missing required Conjur config attribute";
    if (value === "") issues.add({ reason: "parameter_missing", place: { parameter: name }, problem, fix });
    return value;
  };
  const account = required("account", settings.account, "write the account of the Conjur server");
  if (account !== "" && !isAccount(account)) refuse("account", "it is no account", "write the name of an account");
  const address = required("applianceUrl", settings.address, addressFix);
  const parsed = parseAddress(address);
  if (address !== "" && parsed.kind === "refused") refuse("applianceUrl", parsed.problem, addressFix);
  const authnFix = "write authn-jwt/ and the name of the authenticator, such as authn-jwt/kubernetes";
  const authnId = required("authnId", settings.authnId, authnFix);
  const service = serviceOf(authnId);
  if (authnId !== "" && !isPathPart(service)) {
    refuse("authnId", "CKCP030 must specify a service id when using jwt", authnFix);
  }
  const identity = text("identity");
  if (identity !== "" && !isPathPart(identity)) {
    refuse("identity", "it is no id of a host", "write host/ and the host's id, such as host/apps/shop");
  }
  return {
    url: parsed.kind === "url" ? parsed.url : "",
    account,
    service,
    identity,
    audience: text("audience") || standardAudience,
    ...readTrust(text("sslCertificate"), settings, refuse),
    perPod: readSessionPer(text("sessionPer"), refuse),
  };
}

type Refuse = (parameter: string, problem: string, fix: string) => void;

/** A certificate is refused for http, too, as the official provider does; without one the system's CAs do. */
function readTrust(text: string, { caFile }: ConjurSettings, refuse: Refuse): Pick<ConjurParams, "ca" | "caFile"> {
  if (text === "") return { ca: undefined, caFile };
  const ca = certificatesIn(text);
  if (ca === undefined) {
    const fix = "paste the CA's, or the server's own, PEM certificate as one block";
    refuse("sslCertificate", "CKCP016 CKCP030 can't append Conjur SSL cert: it holds no PEM certificate", fix);
  }
  return { ca, caFile: undefined };
}

function readSessionPer(text: string, refuse: Refuse): boolean {
  if (text !== "" && text !== "pod" && text !== "service-account") {
    refuse(
      "sessionPer",
      "it is neither pod nor service-account",
      "write pod where the authenticator maps pods' claims",
    );
  }
  return text === "pod";
}
