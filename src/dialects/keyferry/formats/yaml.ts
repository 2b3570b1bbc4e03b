import { plainFormat } from "./contract.ts";
import { outputError } from "./data.ts";

/**
 * `yaml`: one document in block style, keys in order; what readers of YAML 1.1 or 1.2 would take for something else is
 * quoted, numbers are as they stand, bytes are `!!binary`.
 */
export const yamlFormat = plainFormat("yaml", async (data) => {
  if (data === null) throw outputError("there is nothing to write as yaml");
  const { yamlText } = await import("./yaml-text.ts");
  return yamlText(data);
});
