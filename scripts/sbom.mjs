// Writes the bill of materials of the bundle, as CycloneDX JSON: every package that is not for development only, with
// version, licence and digest out of package-lock.json. Same lock file, same bytes. (npm has a command of its own for
// this; it leaves out packages that a development dependency needs as well.)
//
//   node scripts/sbom.mjs FILE
import { Buffer } from "node:buffer";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [file] = process.argv.slice(2);
if (file === undefined) {
  process.stderr.write("usage: node scripts/sbom.mjs FILE\n");
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

/** A licence by its SPDX id, or the expression of several. */
function licenses(license) {
  if (license === undefined) return {};
  return { licenses: [/[ ()]/.test(license) ? { expression: license } : { license: { id: license } }] };
}

const self = readJson("package.json");
const packages = Object.entries(readJson("package-lock.json").packages)
  .filter(([path, { dev }]) => path !== "" && dev !== true)
  .map(([path, { version, license, integrity }]) => {
    const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
    return { name, version, license, integrity, ref: purl(name, version) };
  });
const unique = [...new Map(packages.map((one) => [one.ref, one])).values()];

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
  components: unique.map(({ ref, name, version, license, integrity }) => ({
    type: "library",
    "bom-ref": ref,
    name,
    version,
    purl: ref,
    ...licenses(license),
    ...hashes(integrity),
  })),
};
writeFileSync(file, `${JSON.stringify(bill, null, 2)}\n`);
