import { MountError } from "../../../model/error.ts";
import { jsonText } from "../../../text/tree-bytes.ts";
import type { OutputFormat } from "./contract.ts";

/** `json`: compact, keys in the order that they have in the store; numbers as they stand, bytes as base64. */
export const jsonFormat: OutputFormat<undefined> = {
  name: "json",
  takesPassword: false,
  options: () => undefined,
  write: ({ data }) => {
    if (data === null) return Promise.reject(new MountError("output_failed", "there is nothing to write as json"));
    return Promise.resolve(Buffer.from(jsonText(data), "utf8"));
  },
};
