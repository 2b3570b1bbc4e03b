import type { IssueSink } from "../../model/issue.ts";
import type { Parameters } from "../../model/pod.ts";
import { parseGoBoolean } from "../../text/go/boolean.ts";
import { parsePathTranslation, type PathTranslation } from "./file-name.ts";
import { regionProblem } from "./region.ts";

/** The parameters of a manifest besides `objects`. */
export interface DialectParams {
  /** As written; undefined where the daemon's or the node's region holds. */
  readonly region: string | undefined;
  readonly failoverRegion: string | undefined;
  readonly translation: PathTranslation;
  readonly podIdentity: boolean;
  readonly addressType: "auto" | "ipv4" | "ipv6";
}

/** Reads the parameters of `provider: aws`; `daemonRegion` is the operator's, where there is one. Every mistake is an issue. */
export function parseDialectParams(parameters: Parameters, daemonRegion: string, issues: IssueSink): DialectParams {
  const text = (name: string) => parameters.get(name) ?? "";
  const refuse = (parameter: string, problem: string, fix: string) => {
    issues.add({ reason: "parameter_invalid", place: { parameter }, problem, fix });
  };
  const region = (name: string) => {
    const written = text(name);
    const wrong = written === "" ? undefined : regionProblem(written);
    if (wrong !== undefined) refuse(name, wrong.problem, wrong.fix);
    return written === "" ? undefined : written;
  };
  const [primary, failover] = [region("region"), region("failoverRegion")];
  const inForce = primary ?? (daemonRegion === "" ? undefined : daemonRegion);
  if (failover !== undefined && failover === inForce) {
    const where = primary === undefined ? "the daemon's setting" : "region";
    refuse("failoverRegion", `it is the same as the primary region (${where})`, "name another region, or remove it");
  }
  const translation = parsePathTranslation(text("pathTranslation"));
  if (translation === undefined) {
    const problem = "pathTranslation must be either 'False' or a single character string";
    refuse("pathTranslation", problem, 'write "False", or one character of a single byte such as "-"');
  }
  const podIdentity = text("usePodIdentity") === "" ? false : parseGoBoolean(text("usePodIdentity"));
  if (podIdentity === undefined) {
    refuse("usePodIdentity", "its value cannot be parsed", 'write "true" or "false"');
  }
  const address = text("preferredAddressType").toLowerCase();
  return {
    region: primary,
    failoverRegion: failover,
    translation: translation ?? { kind: "off" },
    podIdentity: podIdentity ?? false,
    addressType: address === "ipv4" || address === "ipv6" ? address : "auto",
  };
}
