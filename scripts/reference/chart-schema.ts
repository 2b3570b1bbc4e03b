import type { JsonSchema } from "../../src/model/setting.ts";
import { layOutJson } from "./json.ts";
import type { DaemonSettings } from "../../src/wiring/settings/daemon.ts";

/** What the chart's schema takes from the program. */
export interface ChartParts {
  /** The operator configuration. */
  readonly config: JsonSchema;
  readonly daemon: DaemonSettings;
  readonly dialects: readonly string[];
}

interface ValuesSchema {
  readonly properties: Readonly<Record<string, unknown>>;
}

/** deploy/helm/keyferry/values.schema.json: the rest as it stands, `config`, `daemon` and `sockets` from the program. */
export function chartSchema(text: string, { config, daemon, dialects }: ChartParts): string {
  const values = JSON.parse(text) as ValuesSchema;
  const { mountTimeout, maxResponseBytes, logLevel, logFormat, waitForSocket } = daemon;
  const settings = { mountTimeout, maxResponseBytes, logLevel, logFormat, waitForSocket };
  const ofDaemon = Object.fromEntries(Object.entries(settings).map(([name, { schema }]) => [name, schema]));
  const ofSockets = Object.fromEntries(dialects.map((name) => [name, { type: "boolean" }]));
  const own: Readonly<Record<string, unknown>> = {
    config,
    daemon: { type: "object", additionalProperties: false, properties: ofDaemon },
    sockets: { type: "object", additionalProperties: false, properties: ofSockets },
  };
  const properties = Object.fromEntries(
    Object.entries(values.properties).map(([name, schema]) => [name, own[name] ?? schema]),
  );
  return layOutJson({ ...values, properties });
}
