import { jsonText } from "../../../text/tree-bytes.ts";
import { plainFormat } from "./contract.ts";
import { outputError, sorted } from "./data.ts";

/** `json`: compact, keys in order; numbers as they stand, bytes as base64. */
export const jsonFormat = plainFormat("json", (data) => {
  if (data === null) throw outputError("there is nothing to write as json");
  return jsonText(sorted(data));
});
