/** A version of a secret; neither text nor bytes is a version without a value. */
export interface FakeVersion {
  readonly stages: readonly string[];
  readonly string?: string;
  /** Base64. */
  readonly binary?: string;
}

/** A version of a parameter. */
export interface FakeParameter {
  readonly version: number;
  readonly value: string;
  readonly labels?: readonly string[];
  readonly type?: string;
}

/** What the fake services hold, by region; `*` is every region's, and null hides what it has. */
export interface AwsFixture {
  readonly secrets: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, FakeVersion>> | null>>>>;
  readonly parameters: Readonly<Record<string, Readonly<Record<string, readonly FakeParameter[] | null>>>>;
}

/** One answer of a service: a body that is an object is sent as JSON. Null is the fixture's answer. */
export type AwsAnswer =
  | null
  | "reset"
  | "hang"
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown };

/** A departure from the fixture: the first whose given fields agree with a request answers it, in turn. */
export interface AwsRule {
  readonly service?: string;
  readonly region?: string;
  readonly action?: string;
  readonly path?: string;
  readonly body?: unknown;
  readonly answers: readonly AwsAnswer[];
}

/** One request as the services saw it. */
export interface AwsCall {
  readonly service: string;
  readonly action: string;
  readonly region: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly host: string;
  /** Id of the access key that signed it; empty for none. */
  readonly key: string;
}

/** A secret of a region, by name; undefined where there is none. */
export function secretIn(fixture: AwsFixture, region: string, id: string) {
  const name = /^arn:[^:]*:secretsmanager:[^:]*:[^:]*:secret:(.*)$/u.exec(id)?.[1];
  const names = name === undefined ? [id] : [name.replace(/-[A-Za-z0-9]{6}$/u, ""), name];
  for (const one of names) {
    const own = fixture.secrets[region]?.[one];
    const versions = own === undefined ? fixture.secrets["*"]?.[one] : own;
    if (versions !== undefined && versions !== null) return { name: one, versions };
  }
  return undefined;
}

/** A parameter of a region, by name. */
export function parameterIn(fixture: AwsFixture, region: string, name: string) {
  const own = fixture.parameters[region]?.[name];
  return (own === undefined ? fixture.parameters["*"]?.[name] : own) ?? undefined;
}

/** Every name that a region has. */
export function namesIn(table: AwsFixture["secrets"] | AwsFixture["parameters"], region: string): readonly string[] {
  const names = new Set([...Object.keys(table["*"] ?? {}), ...Object.keys(table[region] ?? {})]);
  return [...names].filter((name) => table[region]?.[name] !== null).sort();
}

/** `aws`, `aws-cn`, `aws-us-gov`. */
export function partitionOf(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}
