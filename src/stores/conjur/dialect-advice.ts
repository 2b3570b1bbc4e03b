import { adviceRules, type AdviceSink, type DialectAdvice } from "../../model/advice.ts";
import type { Parameters } from "../../model/pod.ts";
import { adviseParameters, adviseUnrendered, type KnownNames } from "../../text/advice.ts";
import { listIsOnPod, names } from "./dialect-params.ts";

/** What the official provider reads (CyberArk's Conjur provider 0.2.4), and what is read here besides. */
const parameterNames: KnownNames = {
  known: [
    ...["account", "applianceUrl", "authnId", "sslCertificate", "identity", names.version, "secrets"],
    ...["audience", "sessionPer"],
  ],
  retired: new Map([
    ["conjur.org/secrets", "write it among the pod's annotations, or as the parameter secrets with version 0.1.0"],
  ]),
  alike: [],
};

/** Rules that only this dialect has. */
const rules = {
  listUnused: {
    id: "conjur-list-on-pod",
    severity: "warning",
    summary: "the manifest's list of variables is read only where the pod has no annotation conjur.org/secrets",
    fix: `set ${names.version} to 0.1.0, or move the list to the pod`,
  },
} as const;

/** What lint says of manifests of `provider: conjur` that a Mount takes. */
export const conjurAdvice: DialectAdvice = {
  rules: Object.values(rules),
  misnomers: ["cyberark", "conjur-provider", "cyberark-conjur", "secrets-provider", "conjur-csi"],
  advise: (parameters, sink) => {
    adviseParameters(parameters, parameterNames, sink);
    adviseUnrendered(parameters, [], [], sink);
    adviseValues(parameters, sink);
    if (listIsOnPod(parameters) !== true || (parameters.get("secrets") ?? "") === "") return;
    const { fix, summary: problem } = rules.listUnused;
    sink.advise({ rule: rules.listUnused, place: { parameter: "secrets" }, problem, fix, meant: [] });
  },
};

function adviseValues(parameters: Parameters, sink: AdviceSink): void {
  const doubt = (parameter: string, problem: string, fix: string) => {
    sink.advise({ rule: adviceRules.doubtfulValue, place: { parameter }, problem, fix, meant: [parameter] });
  };
  const authnId = parameters.get("authnId") ?? "";
  const kind = /^(?:conjur\/)?(authn-[a-z0-9]+)\//u.exec(authnId)?.[1];
  if (kind !== undefined && kind !== "authn-jwt") {
    const fix = "name a JWT authenticator: authn-jwt/NAME";
    doubt("authnId", `it names an authenticator of ${kind}, and the login is one of authn-jwt`, fix);
  }
  const identity = parameters.get("identity") ?? "";
  if (identity !== "" && !identity.startsWith("host/")) {
    doubt("identity", "it does not start with host/, so it names a user", "write host/ and the host's id");
  }
  if ((parameters.get("applianceUrl") ?? "").startsWith("http://")) {
    doubt("applianceUrl", "it is plain http: the pod's token and every value go unencrypted", "write https://");
  }
}
