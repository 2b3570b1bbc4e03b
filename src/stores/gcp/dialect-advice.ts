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
  misnomers: ["gke", "google", "gcp-secret-manager", "secretmanager"],
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
