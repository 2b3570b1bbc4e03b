import type { AwsKind } from "./arn.ts";
import type { Cut } from "./cut.ts";

/** One object as the services are asked for it; a text that is empty was not written. */
export interface AwsRef {
  readonly kind: AwsKind;
  /** Name, path, or ARN. */
  readonly name: string;
  /** Secrets: a version id. Parameters: a version number. */
  readonly version: string;
  /** Secrets: a staging label. Parameters: a label. */
  readonly label: string;
  /** What is asked in the failover region instead, each where it is not empty. */
  readonly failover: AwsFailover | undefined;
  /** What a value must give to be of use, where another region may have a better one; else empty. */
  readonly cuts: readonly Cut[];
}

/** Name, version and label of an object in the failover region. */
export interface AwsFailover {
  readonly name: string;
  readonly version: string;
  readonly label: string;
}

/** Equal for objects that one read answers. */
export function refKey({ kind, name, version, label, failover, cuts }: AwsRef): string {
  const other = failover === undefined ? [] : [failover.name, failover.version, failover.label];
  return JSON.stringify([kind, name, version, label, other, cuts.map(({ selection }) => selection.expression)]);
}

/** The same object as the failover region is asked for it. */
export function inFailover(ref: AwsRef): AwsRef {
  const { failover } = ref;
  if (failover === undefined) return ref;
  const { name, version, label } = failover;
  return {
    ...ref,
    name: name === "" ? ref.name : name,
    version: version === "" ? ref.version : version,
    label: label === "" ? ref.label : label,
  };
}
