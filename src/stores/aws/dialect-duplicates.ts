import type { GoEntry } from "../../text/go/entry.ts";

interface Named {
  readonly alias: string;
  readonly label: string;
}

/**
 * Refuses what the official provider takes for a repetition: an object with the name, alias and label of the last one of
 * its name, of either kind; an alias that another object or jmesPath entry has. Texts are compared as they are written,
 * and names of objects never count as aliases (ASCP source: provider/secret_descriptor.go, NewSecretDescriptorList).
 */
export function refuseDuplicates(entries: readonly GoEntry[]): void {
  const byName = new Map<string, Named>();
  const aliases = new Set<string>();
  for (const entry of entries) {
    const [name, alias, label] = [
      entry.text("objectName"),
      entry.text("objectAlias"),
      entry.text("objectVersionLabel"),
    ];
    const last = byName.get(name);
    if (name !== "" && last?.alias === alias && last.label === label) refuseName(entry, name, { alias, label });
    byName.set(name, { alias, label });
    claim(entry, "objectAlias", alias, aliases);
    for (const cut of entry.entries("jmesPath")) claim(cut, "objectAlias", cut.text("objectAlias"), aliases);
  }
}

function refuseName(entry: GoEntry, name: string, { alias, label }: Named): void {
  const aliasText = alias === "" ? "no object alias" : `duplicate object alias ${alias}`;
  const labelText = label === "" ? "no version label" : `duplicate version label ${label}`;
  const problem = `found descriptor with duplicate object name ${name}, ${aliasText}, and ${labelText}`;
  entry.refuse("objectName", problem, "remove one of the two, or give each an objectAlias of its own", "path_conflict");
}

function claim(entry: GoEntry, field: string, alias: string, aliases: Set<string>): void {
  if (alias !== "" && aliases.has(alias)) {
    const fix = "give each file a name of its own";
    entry.refuse(field, `found duplicate object alias ${alias}`, fix, "path_conflict");
  }
  aliases.add(alias);
}
