import type { JsonSchema, Setting } from "../../src/model/setting.ts";
import type { StoreKind } from "../../src/model/store.ts";
import { durationSchema, namespaceRule } from "../../src/text/rules.ts";
import { configSections, keyKinds, type ConfigField } from "./configuration.ts";
import { booleanSchema, FieldsProbe, textSchema, textsSchema } from "./fields-probe.ts";

/** What a field of the tables of configuration.md may hold, by its type there. */
const types: Readonly<Record<string, JsonSchema>> = {
  text: textSchema,
  "list of texts": textsSchema,
  "true or false": booleanSchema,
  duration: durationSchema,
  "`true`": { enum: [true, "true", "True", "TRUE"] },
  "`service-account`": { enum: ["service-account"] },
};

const namespaces: JsonSchema = {
  description: "namespaces that may use it; * stands for any run of characters",
  oneOf: [{ type: "array", minItems: 1, items: namespaceRule.schema }, namespaceRule.schema],
};

/** The operator configuration: deploy/schema/keyferry-config.schema.json. */
export function configSchema(settings: readonly Setting<unknown>[], stores: readonly StoreKind[]): JsonSchema {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Operator configuration of Keyferry",
    description: "the file that --config names; docs/reference/configuration.md lists every field",
    ...configBody(settings, stores),
  };
}

/** The same without what only stands at the top of a file. */
export function configBody(settings: readonly Setting<unknown>[], stores: readonly StoreKind[]): JsonSchema {
  const { policy, refresh } = configSections;
  return {
    type: ["object", "null"],
    additionalProperties: false,
    properties: {
      ...Object.fromEntries(settings.flatMap(settingProperty)),
      stores: { type: ["array", "null"], items: storeEntry(stores) },
      keys: { type: ["array", "null"], items: keyEntry() },
      policy: section(policy.fields),
      refresh: section(refresh.fields),
    },
  };
}

function settingProperty({
  key,
  help,
  schema,
  defaultText,
}: Setting<unknown>): readonly (readonly [string, unknown])[] {
  if (key === undefined) return [];
  const described = defaultText === undefined ? help : `${help} (default: ${defaultText})`;
  return [[key, { description: described, ...schema }]];
}

/** An entry of `stores`: the fields of its kind, and no other. */
function storeEntry(stores: readonly StoreKind[]): JsonSchema {
  const kinds = stores.map(({ kind, language }) => {
    const probe = new FieldsProbe();
    language.params(probe);
    return [kind, probe.properties] as const;
  });
  return entryByKind(kinds, configSections.stores.fields);
}

function keyEntry(): JsonSchema {
  const kinds = Object.entries(keyKinds).map(([kind, { fields }]) => [kind, properties(fields)] as const);
  return entryByKind(kinds, configSections.keys.fields);
}

function entryByKind(
  kinds: readonly (readonly [kind: string, own: Readonly<Record<string, JsonSchema>>])[],
  common: readonly ConfigField[],
): JsonSchema {
  const shared = { ...properties(common), namespaces };
  return {
    type: "object",
    required: ["name", "kind", "namespaces"],
    properties: { kind: { enum: kinds.map(([kind]) => kind) } },
    allOf: kinds.map(([kind, own]) => ({
      if: { properties: { kind: { const: kind } }, required: ["kind"] },
      then: { additionalProperties: false, properties: { ...shared, kind: {}, ...own } },
    })),
  };
}

function section(fields: readonly ConfigField[]): JsonSchema {
  return { type: ["object", "null"], additionalProperties: false, properties: properties(fields) };
}

function properties(fields: readonly ConfigField[]): Readonly<Record<string, JsonSchema>> {
  return Object.fromEntries(
    fields.map(({ name, type, help }) => {
      const schema = types[type];
      if (schema === undefined) throw new Error(`no schema for fields of type ${type}`);
      return [name, { description: help.replaceAll("`", ""), ...schema }];
    }),
  );
}
