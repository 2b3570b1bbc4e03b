import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { AnyKeySource } from "../../../../src/keys/kinds.ts";
import type { MapNode } from "../../../../src/stores/sops/node.ts";
import { parseJson } from "../../../../src/stores/sops/formats/json.ts";
import { parseYaml } from "../../../../src/stores/sops/formats/yaml.ts";
import { parseDotenv } from "../../../../src/stores/sops/formats/dotenv.ts";
import { parseIni } from "../../../../src/stores/sops/formats/ini.ts";
import type { FormatName } from "../../../../src/stores/sops/formats/index.ts";

/** A row of `sops/index.json` or `sops/tampered/index.json`. */
export interface Vector {
  readonly file: string;
  readonly format: FormatName;
  readonly datakey: string;
  readonly keys: string;
  readonly plain?: string;
  readonly plainJson?: string;
  readonly expect?: string;
}

const folder = fileURLToPath(new URL("../../../vectors/", import.meta.url));

export function vectorPath(path: string): string {
  return `${folder}${path}`;
}

export function readVector(path: string): string {
  return readFileSync(vectorPath(path), "utf8");
}

export function readIndex(path: string): readonly (readonly [string, Vector])[] {
  const index: Record<string, Vector> = JSON.parse(readVector(path)) as Record<string, Vector>;
  return Object.entries(index);
}

/** A configured age or PGP key of each of these files under `keys/`, granted to the namespace `shop`. */
export function keySources(...names: readonly string[]): readonly AnyKeySource[] {
  return names.map((name) => {
    const kind = name.startsWith("pgp") ? "pgp" : "age";
    const locked = name.includes("locked") ? { passphraseFile: vectorPath("keys/pgp-locked-passphrase.txt") } : {};
    return { name, kind, file: vectorPath(`keys/${name}`), namespaces: ["shop"], ...locked };
  });
}

/** A plain file's content by meaning. */
export function readPlain(text: string, format: FormatName): readonly MapNode[] {
  if (format === "json") return parseJson(text).documents;
  if (format === "dotenv") return parseDotenv(text).documents;
  return format === "ini" ? parseIni(text).documents : parseYaml(text).documents;
}
