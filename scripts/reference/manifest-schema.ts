import { createKeyferryDialect, ownParameters } from "../../src/dialects/keyferry/index.ts";
import type { Dialect } from "../../src/model/dialect.ts";
import { defaultFileMode } from "../../src/model/file.ts";
import type { Issue } from "../../src/model/issue.ts";
import type { JsonSchema } from "../../src/model/setting.ts";
import type { StoreKind } from "../../src/model/store.ts";
import { FieldsProbe, textSchema } from "./fields-probe.ts";

/** Parameters whose text is YAML, for editors that look into it. */
const yamlTexts: ReadonlySet<string> = new Set(["stores", "objects", "secrets"]);

/** SecretProviderClass manifests of every provider: deploy/schema/secretproviderclass.schema.json. */
export function manifestSchema(stores: readonly StoreKind[], dialects: readonly Dialect[]): JsonSchema {
  const all = [createKeyferryDialect({ stores, operatorStores: [] }), ...dialects];
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "SecretProviderClass for Keyferry",
    type: "object",
    required: ["apiVersion", "kind", "metadata", "spec"],
    properties: {
      apiVersion: { enum: ["secrets-store.csi.x-k8s.io/v1", "secrets-store.csi.x-k8s.io/v1alpha1"] },
      kind: { const: "SecretProviderClass" },
      metadata: { type: "object", required: ["name"], properties: { name: { type: "string", minLength: 1 } } },
      spec: spec(all),
    },
    definitions: definitions(stores),
  };
}

function spec(dialects: readonly Dialect[]): JsonSchema {
  return {
    type: "object",
    required: ["provider"],
    additionalProperties: false,
    properties: {
      provider: { enum: dialects.map(({ name }) => name) },
      parameters: { type: "object", additionalProperties: { type: "string" } },
      secretObjects: { type: "array", items: secretObject },
    },
    allOf: dialects.map((dialect) => ({
      if: { properties: { provider: { const: dialect.name } }, required: ["provider"] },
      then: { properties: { parameters: { properties: parametersOf(dialect) } } },
    })),
  };
}

const texts = { type: "object", additionalProperties: { type: "string" } };

/** What the driver copies into a Kubernetes Secret, by its CustomResourceDefinition. */
const secretObject: JsonSchema = {
  type: "object",
  additionalProperties: false,
  properties: {
    secretName: { type: "string" },
    type: { type: "string" },
    labels: texts,
    annotations: texts,
    data: {
      type: "array",
      items: {
        type: "object",
        additionalProperties: false,
        properties: { objectName: { type: "string" }, key: { type: "string" } },
      },
    },
  },
};

/** The parameters that a dialect asks for; others are allowed, for documents and for what official providers ignore. */
function parametersOf(dialect: Dialect): Readonly<Record<string, JsonSchema>> {
  const native = dialect.name === "keyferry";
  const names = native ? ownParameters : askedParameters(dialect);
  return Object.fromEntries(
    names.map((name) => {
      const definition = { stores: "store", objects: "object" }[name];
      const yaml = yamlTexts.has(name) ? { contentMediaType: "application/yaml" } : {};
      const inner = native && definition !== undefined ? { contentSchema: listOf(definition) } : {};
      return [name, { type: "string", ...yaml, ...inner }];
    }),
  );
}

function listOf(definition: string): JsonSchema {
  return { type: "array", items: { $ref: `#/definitions/${definition}` } };
}

/** Every parameter of a dialect's language, by asking its own parser. */
function askedParameters(dialect: Dialect): readonly string[] {
  const asked = new Set<string>();
  class Asked extends Map<string, string> {
    override get(name: string): undefined {
      asked.add(name);
    }
    override has(name: string): boolean {
      asked.add(name);
      return false;
    }
  }
  dialect.parse({ parameters: new Asked(), defaultMode: defaultFileMode }, { add: () => undefined });
  return [...asked].toSorted();
}

/** Entries of the native language's lists. */
function definitions(stores: readonly StoreKind[]): Readonly<Record<string, JsonSchema>> {
  return {
    store: {
      type: "object",
      required: ["name", "kind"],
      properties: { kind: { enum: stores.map(({ kind }) => kind) } },
      allOf: stores.map(({ kind, language }) => {
        const probe = new FieldsProbe();
        language.params(probe);
        return {
          if: { properties: { kind: { const: kind } }, required: ["kind"] },
          then: { additionalProperties: false, properties: { name: textSchema, kind: {}, ...probe.properties } },
        };
      }),
    },
    object: {
      type: "object",
      required: ["objectName"],
      additionalProperties: false,
      properties: objectFields(stores),
    },
  };
}

/** Fields of an object: the language's own, as its parser lists them for one that it does not know, and the stores'. */
function objectFields(stores: readonly StoreKind[]): Readonly<Record<string, JsonSchema>> {
  const fields = stores.flatMap((store) => {
    const probe = new FieldsProbe();
    const params = store.language.params(new FieldsProbe());
    try {
      store.language.object(probe, { objectName: "x", carried: () => undefined }, params);
    } catch {
      // A store that cannot go on without a value has said what it asks for by then.
    }
    return [...Object.entries(knownFields(store)), ...Object.entries(probe.properties)];
  });
  return Object.fromEntries(fields);
}

function knownFields(store: StoreKind): Readonly<Record<string, JsonSchema>> {
  const issues: Issue[] = [];
  const entries = { stores: `[{ name: a, kind: ${store.kind} }]`, objects: "[{ store: a, objectName: x, q0q0q0: 1 }]" };
  const parameters = new Map(Object.entries({ ...entries, x: "" }));
  const dialect = createKeyferryDialect({ stores: [store], operatorStores: [] });
  dialect.parse({ parameters, defaultMode: defaultFileMode }, { add: (issue) => issues.push(issue) });
  const list = issues.flatMap(({ fix }) => /^known fields: (.*)$/u.exec(fix)?.[1] ?? [])[0];
  if (list === undefined) throw new Error(`the language does not list the fields of an object of ${store.kind}`);
  return Object.fromEntries(list.split(", ").map((name) => [name, textSchema]));
}
