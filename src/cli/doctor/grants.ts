import type { OperatorConfig } from "../../config/config.ts";
import { findingsOf, type Finding } from "./finding.ts";

const { warning } = findingsOf("config");

/** Grants that no namespace can have: a name of one starts and ends with a letter or a digit. */
export function checkGrants({ stores, keys }: Pick<OperatorConfig, "stores" | "keys">): readonly Finding[] {
  const entries = [
    ...stores.map(({ name, namespaces }) => ({ subject: `store ${JSON.stringify(name)}`, namespaces })),
    ...keys.map(({ source: { name, namespaces } }) => ({ subject: `key ${JSON.stringify(name)}`, namespaces })),
  ];
  return entries.flatMap(({ subject, namespaces }) =>
    namespaces
      .filter((pattern) => pattern.startsWith("-") || pattern.endsWith("-"))
      .map((pattern) => {
        const fix = "correct namespaces; `*` stands for any run of characters, such as in team-*";
        return warning(subject, `no namespace can match ${JSON.stringify(pattern)}`, fix);
      }),
  );
}
