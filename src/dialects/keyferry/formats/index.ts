import type { OutputFormat } from "./contract.ts";
import { jsonFormat } from "./json.ts";

/** Every output, in the order of the documentation. */
export const outputFormats: readonly OutputFormat[] = [jsonFormat];
