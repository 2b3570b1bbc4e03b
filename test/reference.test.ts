import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { readReference } from "../scripts/reference/files.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const files = await readReference(root);

test.each([...files])("%s is what npm run reference writes", (file, text) => {
  expect(readFileSync(join(root, file), "utf8")).toBe(text);
});
