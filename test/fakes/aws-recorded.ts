import { gunzipSync } from "node:zlib";
import { readBytes } from "../vectors/vectors.ts";
import type { AwsFixture, AwsRule } from "./aws-fixture.ts";

/** One recorded case of the official provider. */
export interface RecordedCase {
  readonly id: string;
  readonly group: string;
  readonly attributes?: Readonly<Record<string, string | null>>;
  readonly attributes_raw?: string;
  readonly permission?: string;
  readonly secrets?: string;
  readonly target?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
  readonly current?: readonly RecordedVersion[];
  readonly disk?: readonly { readonly path: string; readonly b64: string }[];
  readonly script?: readonly AwsRule[];
  readonly refuse?: readonly string[];
  readonly lenient?: string;
  readonly random_order?: boolean;
  readonly random_result?: boolean;
  readonly alternatives?: readonly { readonly expect: RecordedAnswer }[];
  readonly expect: RecordedAnswer;
}

export interface RecordedVersion {
  readonly id: string;
  readonly version: string;
}

export interface RecordedAnswer {
  readonly files?: readonly { readonly path: string; readonly mode: number; readonly b64: string }[];
  readonly object_version?: readonly RecordedVersion[];
  readonly code?: number;
  readonly err?: string;
  readonly died?: boolean;
  readonly disk?: readonly { readonly path: string; readonly mode: number; readonly b64: string }[];
}

/** What the recorded cases share. */
export interface Recorded {
  readonly version: Readonly<Record<string, string>>;
  readonly defaults: {
    readonly permission: string;
    readonly attributes: Readonly<Record<string, string>>;
  };
  readonly fixture: AwsFixture & { readonly kubernetes: RecordedCluster };
  readonly cases: readonly RecordedCase[];
}

/** The cluster of the recorded cases. */
export interface RecordedCluster {
  /** Annotations by `namespace/name`. */
  readonly serviceAccounts: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Names of nodes by `namespace/name`. */
  readonly pods: Readonly<Record<string, string>>;
  /** Labels by name. */
  readonly nodes: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The answers of the official provider, version 3.1.1, to our inputs; recorded against fake services. */
export function readRecorded(): Recorded {
  return JSON.parse(gunzipSync(readBytes("aws/cases.json.gz")).toString("utf8")) as Recorded;
}

/** The attributes of a case, as they are sent. */
export function attributesOf({ defaults }: Recorded, { attributes = {}, attributes_raw }: RecordedCase): string {
  if (attributes_raw !== undefined) return attributes_raw;
  const all = { ...defaults.attributes, ...attributes };
  return JSON.stringify(Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null)));
}
