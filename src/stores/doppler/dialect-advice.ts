import { adviceRules, type AdviceSink, type DialectAdvice } from "../../model/advice.ts";
import type { Parameters } from "../../model/pod.ts";
import { adviseUnrendered } from "../../text/advice.ts";

/** Rules that only this dialect has. */
const rules = {
  leases: {
    id: "doppler-dynamic-secrets",
    severity: "warning",
    summary: "dynamic secrets are leased anew for each pod, and again after a restart of the daemon",
    fix: "ask for them only where the application needs them, in a SecretProviderClass of their own",
  },
} as const;

/** What lint says of manifests of `provider: doppler` that a Mount takes. */
export const dopplerAdvice: DialectAdvice = {
  rules: Object.values(rules),
  misnomers: ["doppler-operator", "doppler-secrets", "dopplersecret", "dopplerhq", "doppler-csi"],
  advise: (parameters, sink) => {
    adviseUnrendered(parameters, [], [], sink);
    adviseValues(parameters, sink);
    if (!/^(?:1|t|true)$/iu.test(parameters.get("includeDynamicSecrets") ?? "")) return;
    const { summary: problem, fix } = rules.leases;
    const place = { parameter: "includeDynamicSecrets" };
    sink.advise({ rule: rules.leases, place, problem, fix, meant: [] });
  },
};

function adviseValues(parameters: Parameters, sink: AdviceSink): void {
  const doubt = (parameter: string, problem: string, fix: string) => {
    sink.advise({ rule: adviceRules.doubtfulValue, place: { parameter }, problem, fix, meant: [parameter] });
  };
  if (/^(?:0|f|false)$/iu.test(parameters.get("verifyTLS") ?? "")) {
    doubt("verifyTLS", "any certificate is taken: token and values can be read on the way", "remove it");
  }
  const fromSecret = (parameters.get("identity") ?? "") === "";
  const audience = parameters.get("audience") ?? "";
  if (fromSecret && audience !== "") {
    const fix = "set identity, or remove it where the volume's Secret has a token";
    doubt("audience", "it counts only for a login with an identity", fix);
  }
}
