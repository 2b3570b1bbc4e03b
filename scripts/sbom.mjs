// Writes what is inside the bundle of dist/, as the bundler took it (dist/packages.json): the bill of materials as
// CycloneDX JSON, and the licence texts of all that others wrote. Same lock file and sources, same bytes.
//
//   node scripts/sbom.mjs BILL NOTICES
import { Buffer } from "node:buffer";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [billFile, noticesFile] = process.argv.slice(2);
if (billFile === undefined || noticesFile === undefined) {
  process.stderr.write("usage: node scripts/sbom.mjs BILL NOTICES\n");
  process.exit(2);
}

const readJson = (name) => JSON.parse(readFileSync(join(root, name), "utf8"));

function purl(name, version) {
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}

/** `sha512-BASE64` as npm writes it, as CycloneDX wants it. */
function hashes(integrity) {
  if (integrity === undefined) return {};
  const [kind, octets] = integrity.split("-");
  const alg = kind.toUpperCase().replace(/^SHA/, "SHA-");
  return { hashes: [{ alg, content: Buffer.from(octets, "base64").toString("hex") }] };
}

/** Ids that SPDX has withdrawn, and their successors. */
const successors = {
  "LGPL-3.0+": "LGPL-3.0-or-later",
  "GPL-2.0+": "GPL-2.0-or-later",
  "LGPL-2.1+": "LGPL-2.1-or-later",
};

/** A licence as SPDX writes it; one in words of its own stays a name. */
function licenses(license) {
  if (typeof license !== "string" || license === "") return {};
  const known = successors[license] ?? license;
  if (/^[A-Za-z0-9.-]+$/.test(known)) return { licenses: [{ license: { id: known } }] };
  const isExpression = /^[A-Za-z0-9.() -]+$/.test(known) && / (?:OR|AND|WITH) /.test(known);
  return { licenses: [isExpression ? { expression: known } : { license: { name: known } }] };
}

/** The licence of a package in one text, also where an old package lists several. */
function licenseOf({ license, licenses: several }) {
  if (license !== undefined) return typeof license === "string" ? license : license.type;
  return several?.map((one) => (typeof one === "string" ? one : one.type)).join(" OR ");
}

const self = readJson("package.json");
const locked = readJson("package-lock.json").packages;
const packages = readJson("dist/packages.json").map((path) => {
  const manifest = readJson(`${path}/package.json`);
  const { name, version } = manifest;
  return { path, name, version, license: licenseOf(manifest), ...hashes(locked[path]?.integrity) };
});
const unique = [...new Map(packages.map((one) => [purl(one.name, one.version), one]))];

const bill = {
  bomFormat: "CycloneDX",
  specVersion: "1.6",
  version: 1,
  metadata: {
    component: {
      type: "application",
      "bom-ref": purl(self.name, self.version),
      name: self.name,
      version: self.version,
      purl: purl(self.name, self.version),
      ...licenses(self.license),
    },
  },
  components: unique.map(([ref, { name, version, license, hashes: digests }]) => ({
    type: "library",
    "bom-ref": ref,
    name,
    version,
    purl: ref,
    ...licenses(license),
    ...(digests === undefined ? {} : { hashes: digests }),
  })),
};
writeFileSync(billFile, `${JSON.stringify(bill, null, 2)}\n`);

/** The texts that a package ships of its licence. */
function textsOf(path) {
  return readdirSync(join(root, path))
    .filter((name) => /^(?:licen[cs]e|copying|notice)/i.test(name))
    .sort()
    .map((name) => readFileSync(join(root, path, name), "utf8").trim());
}

const rule = "=".repeat(80);
const notices = unique.map(([, { path, name, version, license }]) => {
  const texts = textsOf(path);
  const said =
    texts.length > 0 ? texts : [`The package ships no licence text; its manifest says: ${license ?? "nothing"}.`];
  return [rule, `${name} ${version}, ${license ?? "licence not stated"}`, rule, "", ...said, ""].join("\n");
});
const head = "Keyferry contains code of these packages, under their own licences.\n";
writeFileSync(noticesFile, [head, ...notices].join("\n"));
