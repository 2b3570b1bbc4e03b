import { adviceRules, type AdviceSink, type DialectAdvice } from "../../model/advice.ts";
import type { Place } from "../../model/issue.ts";
import type { Parameters } from "../../model/pod.ts";
import { adviseFields, adviseParameters, adviseSameFiles, type KnownNames } from "../../text/advice.ts";
import type { GoEntry } from "../../text/go/entry.ts";
import { hasMistakenSuffix, type AwsKind } from "./arn.ts";
import { claimedPaths, openEntries } from "./dialect-objects.ts";
import { parseDialectParams } from "./dialect-params.ts";
import { readEntry } from "./dialect-entry.ts";
import { parameterAdvice, parameterLabelAdvice, versionAdvice, type Advice } from "./name-advice.ts";
import { regionsInForce } from "./dialect-plan.ts";

/** What the official provider reads (version 3.1.1). */
const parameterNames: KnownNames = {
  known: ["objects", "region", "failoverRegion", "pathTranslation", "usePodIdentity", "preferredAddressType"],
  retired: new Map(),
  alike: [],
};

const inNative = "in the native language (provider keyferry, kind aws)";

const fieldNames: KnownNames = {
  known: [
    "objectName",
    "objectType",
    "objectAlias",
    "objectVersion",
    "objectVersionLabel",
    "filePermission",
    "jmesPath",
    "failoverObject",
  ],
  // Never read by it: what people carry over from elsewhere.
  retired: new Map([
    [
      "objectEncoding",
      `it is not read by provider aws, and the file keeps the text as it is stored; write decode: base64 ${inNative}`,
    ],
    ["region", "it is not read in an object, it belongs to parameters; more than two regions need stores " + inNative],
    ["onMissing", `objects cannot be optional here; write onMissing ${inNative}`],
  ]),
  alike: [],
};

const ignored = { add: () => undefined };

/** What lint says of manifests of `provider: aws` that a Mount takes. */
export function createAwsAdvice(daemonRegion: string): DialectAdvice {
  return {
    rules: [],
    misnomers: ["aws-secrets-manager", "secretsmanager", "ssm", "parameter-store", "ascp"],
    advise: (parameters, sink) => {
      adviseParameters(parameters, parameterNames, sink);
      adviseValues(parameters, sink);
      const entries = openEntries(parameters.get("objects") ?? "", ignored);
      const params = parseDialectParams(parameters, daemonRegion, ignored);
      const regions = regionsInForce(params, daemonRegion);
      const objects = entries.flatMap((entry) => {
        const object = readEntry(entry, { params, regions });
        if (object !== undefined) adviseEntry(entry, object.kind, sink);
        return object ?? [];
      });
      adviseFields(entries, fieldNames, sink);
      adviseSameFiles(objects.flatMap(claimedPaths), sink);
    },
  };
}

function adviseValues(parameters: Parameters, sink: AdviceSink): void {
  const address = parameters.get("preferredAddressType") ?? "";
  const place: Place = { parameter: "preferredAddressType" };
  if (!["", "auto", "ipv4", "ipv6"].includes(address.toLowerCase())) {
    doubt(sink, place, { problem: "it counts as auto", fix: "write ipv4, ipv6 or auto" });
  }
}

function adviseEntry(entry: GoEntry, kind: AwsKind, sink: AdviceSink): void {
  const [name, version, label] = ["objectName", "objectVersion", "objectVersionLabel"].map((field) =>
    entry.text(field),
  );
  const found: readonly (readonly [field: string, advice: Advice | undefined])[] =
    kind === "secretsmanager"
      ? [
          ["objectVersion", versionAdvice(version ?? "")],
          ["objectName", suffixAdvice(name ?? "")],
        ]
      : [
          ["objectName", parameterAdvice(name ?? "")],
          ["objectVersionLabel", parameterLabelAdvice(label ?? "")],
        ];
  for (const [field, advice] of found) {
    if (advice !== undefined) doubt(sink, entry.placeOf(field), advice);
  }
}

/** AWS's own suffixes mix letters and digits at random; one that is a word in lower case is the end of a name. */
function suffixAdvice(name: string): Advice | undefined {
  if (!hasMistakenSuffix(name) || !/-[a-z]{6}$/u.test(name)) return undefined;
  const problem = `if this ARN lacks its suffix, AWS takes ${name.slice(-7)} for it and finds nothing`;
  return { problem, fix: "write the complete ARN or the plain name with objectType" };
}

function doubt(sink: AdviceSink, place: Place, { problem, fix }: Advice): void {
  sink.advise({ rule: adviceRules.doubtfulValue, place, problem, fix, meant: [] });
}
