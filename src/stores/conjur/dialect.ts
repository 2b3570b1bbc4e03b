import type { Dialect, DialectInput } from "../../model/dialect.ts";
import type { IssueSink } from "../../model/issue.ts";
import { planSingles, planStore, type Rendered } from "../../model/plan.ts";
import { Secret } from "../../model/secret.ts";
import type { StoreKind } from "../../model/store.ts";
import { reportClashes } from "../../text/claimed-paths.ts";
import { Issues } from "../../text/issues.ts";
import { conjurAdvice } from "./dialect-advice.ts";
import { parseEntries } from "./dialect-entries.ts";
import { listIsOnPod, names, parseDialectParams } from "./dialect-params.ts";
import { missingTokenError } from "./login.ts";
import { standardAudience } from "./params.ts";
import type { ConjurSettings } from "./settings.ts";
import { conjurRead } from "./store.ts";

/** `provider: conjur`: manifests of CyberArk's provider, with the same files and modes. */
export function createConjurDialect(store: StoreKind, settings: ConjurSettings): Dialect {
  return {
    name: "conjur",
    permission: "json",
    advice: conjurAdvice,
    audience: { name: standardAudience, required: true, byApi: "no", officialError: missingTokenError },
    endpoints: settings.address === "" ? [] : [{ address: settings.address, caFile: settings.caFile }],
    podAnnotation: (parameters) => (listIsOnPod(parameters) === true ? names.list : undefined),
    parse: (input, sink) => {
      const { parameters, defaultMode } = input;
      const issues = new Issues();
      const params = parseDialectParams(parameters, settings, issues);
      const list = listOf(input, issues);
      const entries = list === undefined ? [] : parseEntries(list.text, list.parameter, params.account, issues);
      reportClashes(entries, "refused", issues);
      for (const issue of issues.sorted) sink.add(issue);
      // Without a pod nobody knows what its annotation lists.
      if (issues.size > 0 || list === undefined) return undefined;
      const planned = planStore("conjur", store, params);
      return planSingles(
        entries.map(({ index, path, id }) => ({
          index,
          name: path,
          store: planned,
          read: conjurRead({ id, version: undefined }),
          paths: [path],
          render: ({ value, version }): Rendered => ({
            files: [{ path, mode: defaultMode, content: new Secret(Uint8Array.from(value.reveal())) }],
            versions: [{ id, version }],
          }),
        })),
        "refused",
      );
    },
  };
}

/** A list, and where it stands, as messages say it. */
interface List {
  readonly text: string;
  readonly parameter: string;
}

/** The list of variables; undefined where there is none, which is an issue unless there is no pod to look at. */
function listOf({ parameters, annotation }: DialectInput, issues: IssueSink): List | undefined {
  const own = parameters.get("secrets") ?? "";
  const onPod = listIsOnPod(parameters);
  if (onPod === undefined) return undefined;
  if (onPod && annotation?.kind === "text" && annotation.text !== "") {
    return { text: annotation.text, parameter: `${names.list} of the pod's annotations` };
  }
  if (own !== "") return { text: own, parameter: "secrets" };
  if (!onPod) {
    const fix = 'list the files and their variables: - "path": "id/of/variable"';
    const problem = 'CKCP013 CKCP010 attribute "secrets" missing or empty';
    issues.add({ reason: "parameter_missing", place: { parameter: "secrets" }, problem, fix });
  } else if (annotation?.kind === "unreadable") {
    const { reason, message } = annotation.error;
    const problem = `CKCP013 CKCP035 CKCP033 CKCP039 failed to get the pod's annotations: ${message}`;
    issues.add({ reason, place: {}, problem, fix: "or list the variables in the manifest's secrets" });
  } else if (annotation !== undefined) {
    const problem = `CKCP013 CKCP035 CKCP034 annotation "${names.list}" of the pod missing or empty`;
    const fix = `list files and variables there, or in the parameter secrets with ${names.version} 0.1.0`;
    issues.add({ reason: "parameter_missing", place: { parameter: names.list }, problem, fix });
  }
  return undefined;
}
