// Writes docs/reference/configuration.md.
//
//   node scripts/with-node.mjs scripts/reference.ts
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { configurationPage } from "./reference/configuration.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
writeFileSync(join(root, "docs", "reference", "configuration.md"), configurationPage());
