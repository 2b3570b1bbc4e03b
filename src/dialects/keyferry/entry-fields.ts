import type { Reader } from "../../text/yaml/reader.ts";

/** What an entry of `objects` is made from; exactly one of these fields says it. */
export const sources = ["objectName", "find", "template", "templateFrom", "from"] as const;

/** Fields that go with some others only: what each needs, and what it does not go with. */
interface Rule {
  readonly field: string;
  /** At least one of these must be there. */
  readonly needs?: readonly string[];
  readonly without?: readonly string[];
}

const composed = ["template", "templateFrom", "from"] as const;

const rules: readonly Rule[] = [
  { field: "from", needs: ["output"] },
  { field: "output", without: ["template", "templateFrom", "extract", "find"] },
  { field: "outputOptions", needs: ["output"] },
  { field: "extract", without: ["find", "output", ...composed] },
  { field: "rewrite", needs: ["find"] },
  { field: "as", without: ["find", ...composed] },
  { field: "mount", without: ["find", ...composed] },
  { field: "decode", without: ["objectEncoding", ...composed] },
  { field: "objectEncoding", without: composed },
  { field: "jmesPath", without: composed },
  { field: "store", without: composed },
  { field: "objectVersion", without: composed },
  { field: "objectType", without: composed },
  { field: "onMissing", without: composed },
  { field: "default", needs: ["onMissing"], without: composed },
  { field: "fallback", without: ["find", ...composed] },
];

/** Fields that `rewrite` belongs inside of rather than beside. */
const inside: Readonly<Record<string, string>> = {
  rewrite: "write it beside find, or inside extract: extract: { rewrite: [ … ] }",
};

/** Reports every pair of fields that exclude each other, and every field that lacks what it needs. */
export function checkCombination(reader: Reader): void {
  const given = sources.filter((name) => reader.isWritten(name));
  for (const extra of given.slice(1)) {
    reader.refuse(extra, `${given[0] ?? ""} says already what the entry is made from`, "keep one of them");
  }
  for (const { field, needs = [], without = [] } of rules) {
    if (!reader.isWritten(field)) continue;
    if (needs.length > 0 && !needs.some((name) => reader.isWritten(name))) {
      reader.refuse(
        field,
        `it needs ${needs.join(" or ")}`,
        inside[field] ?? `add ${needs.join(" or ")}, or remove it`,
      );
    }
    const clash = without.filter((name) => name !== given[1] && reader.isWritten(name));
    const [first] = clash;
    if (first !== undefined)
      reader.refuse(field, `it does not go with ${clash.join(", ")}`, `remove ${field}, or ${first}`);
  }
}
