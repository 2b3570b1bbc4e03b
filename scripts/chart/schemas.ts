import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

type Schema = Record<string, unknown>;

interface Definition {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: Schema } }[];
  };
}

/**
 * Writes the schemas of CustomResourceDefinitions as JSON schema, one file a kind and version
 * (`podmonitor_v1.json`). Fields that a schema does not name are refused, as a strict API server would.
 */
export function writeResourceSchemas(definitions: string, target: string): void {
  mkdirSync(target, { recursive: true });
  for (const file of readdirSync(definitions).filter((name) => name.endsWith(".yaml"))) {
    const { spec } = parse(readFileSync(join(definitions, file), "utf8")) as Definition;
    for (const { name, schema } of spec.versions) {
      const closed = close(schema.openAPIV3Schema, true);
      writeFileSync(join(target, `${spec.names.kind.toLowerCase()}_${name}.json`), JSON.stringify(closed));
    }
  }
}

/** The schema without Kubernetes' own words, and closed where it lists properties. */
function close(schema: unknown, isRoot = false): unknown {
  if (Array.isArray(schema)) return schema.map((one) => close(one));
  if (typeof schema !== "object" || schema === null) return schema;
  const result: Schema = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key.startsWith("x-kubernetes-") || key === "description" || key === "format") continue;
    result[key] = key === "properties" ? closeEach(value as Schema) : close(value);
  }
  const entry = schema as Schema;
  if (entry["x-kubernetes-int-or-string"] === true) return { oneOf: [{ type: "string" }, { type: "integer" }] };
  const isOpen = entry["x-kubernetes-preserve-unknown-fields"] === true || "additionalProperties" in entry;
  // metadata is the API server's own and has no properties here.
  if (entry["properties"] !== undefined && !isOpen && !isRoot) result["additionalProperties"] = false;
  return result;
}

function closeEach(properties: Schema): Schema {
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, close(schema)]));
}

/** Kinds that the chart has, as the package names their schemas. */
const kinds = [
  "configmap-v1",
  "serviceaccount-v1",
  "service-v1",
  "daemonset-apps-v1",
  "clusterrole-rbac-v1",
  "clusterrolebinding-rbac-v1",
  "role-rbac-v1",
  "rolebinding-rbac-v1",
  "networkpolicy-networking-v1",
  "csidriver-storage-v1",
];

/** Writes the API's own schemas of those kinds, each complete in itself: the package's point at one shared file. */
export function writeKindSchemas(source: string, target: string): void {
  mkdirSync(target, { recursive: true });
  const inner = (text: string) => JSON.parse(text.replaceAll(/"[^"]*_definitions\.json#\//g, '"#/')) as Schema;
  const { $defs } = inner(readFileSync(join(source, "_definitions.json"), "utf8"));
  for (const kind of kinds) {
    const schema = inner(readFileSync(join(source, `${kind}.json`), "utf8"));
    writeFileSync(join(target, `${kind}.json`), JSON.stringify({ ...schema, $defs }));
  }
}
