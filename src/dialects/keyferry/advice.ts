import type { DialectAdvice } from "../../model/advice.ts";
import { adviseMode } from "../../text/advice.ts";
import { readList } from "../../text/yaml/read-text.ts";

/** What lint says of native manifests that a Mount takes; names that are not known are refused already. */
export const nativeAdvice: DialectAdvice = {
  rules: [],
  misnomers: ["native", "keyferry-native", "sops", "secrets-store"],
  advise: (parameters, sink) => {
    const readers = readList(parameters.get("objects") ?? "", "objects", { add: () => undefined }) ?? [];
    for (const reader of readers) {
      const name = reader.text("objectAlias") ?? reader.text("objectName") ?? "";
      if (name !== "") reader.setName(name);
      const mode = reader.text("filePermission");
      if (mode !== undefined) adviseMode(mode, 8, reader.placeOf("filePermission"), sink);
    }
  },
};
