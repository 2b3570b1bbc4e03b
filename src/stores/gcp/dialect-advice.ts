import type { DialectAdvice } from "../../model/advice.ts";
import {
  adviseFields,
  adviseMode,
  adviseParameters,
  adviseSameFiles,
  adviseUnrendered,
  type KnownNames,
} from "../../text/advice.ts";
import type { ClaimedPath } from "../../text/claimed-paths.ts";
import type { Rule } from "../../model/rule.ts";
import { openEntries, readEntry } from "./dialect-entries.ts";

/** What the official provider reads (Google's Secret Manager CSI provider 1.15.0). */
const parameterNames: KnownNames = { known: ["secrets", "auth"], retired: new Map(), alike: [] };

const fieldNames: KnownNames = {
  known: ["resourceName", "path", "fileName", "mode", "extractJSONKey", "extractYAMLKey"],
  retired: new Map(),
  alike: [["path", "fileName"]],
};

/** What lint says of manifests of `provider: gcp` that a Mount takes. */
export const gcpAdvice: DialectAdvice = {
  rules: [],
  misnomers: ["google", "gcp-secret-manager", "secretmanager"],
  advise: (parameters, sink) => {
    adviseParameters(parameters, parameterNames, sink);
    const entries = openEntries(parameters.get("secrets") ?? "", { add: () => undefined });
    const claimed: ClaimedPath[] = [];
    for (const entry of entries) {
      const read = readEntry(entry);
      if (read !== undefined) claimed.push(read);
      const mode = entry.node("mode");
      if (mode?.kind === "scalar") adviseMode(mode.text, 10, entry.placeOf("mode"), sink);
    }
    adviseSameFiles(claimed, sink);
    adviseUnrendered(parameters, entries, ["resourceName", "path", "fileName"], sink);
    adviseFields(entries, fieldNames, sink);
  },
};

const answeredAsGcp: Rule = {
  id: "gke-answered-as-gcp",
  severity: "warning",
  summary: "provider gke is GKE's managed add-on; here gke.sock answers it exactly as gcp.sock answers provider gcp",
  fix: "serve gke (sockets.gke), and have pods name a driver of the cluster instead of secrets-store-gke.csi.k8s.io; or write provider: gcp",
};

/** The same of manifests of `provider: gke`. */
export const gkeAdvice: DialectAdvice = {
  rules: [answeredAsGcp],
  misnomers: ["gke-secret-manager", "google-gke"],
  advise: (parameters, sink) => {
    const { summary: problem, fix } = answeredAsGcp;
    sink.advise({ rule: answeredAsGcp, place: { parameter: "secrets" }, problem, fix, meant: [] });
    gcpAdvice.advise(parameters, sink);
  },
};
