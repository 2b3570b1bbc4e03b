import type { GoEntry } from "../../text/go/entry.ts";
import { readKind } from "./dialect-kind.ts";
import type { KnownRegions } from "./dialect-object.ts";
import type { AwsFailover } from "./objects.ts";

interface Primary {
  readonly alias: string;
  readonly version: string;
  /** `objectType` as written. */
  readonly type: string;
  readonly regions: KnownRegions;
}

/**
 * Reads `failoverObject`. Without a name none of its rules hold, and its version and label are used all the same, as the
 * official provider does.
 */
export function readFailover(entry: GoEntry, primary: Primary): AwsFailover | undefined {
  const node = entry.node("failoverObject");
  if (node?.kind === "list") {
    const fix = "remove the dash before its first field";
    entry.refuse("failoverObject", "cannot load the SecretProviderClass: failoverObject is one map, not a list", fix);
    return undefined;
  }
  const inner = entry.entry("failoverObject");
  if (inner === undefined) return undefined;
  const [name, version, label] = [
    inner.text("objectName"),
    inner.text("objectVersion"),
    inner.text("objectVersionLabel"),
  ];
  if (name !== "") checkFailover(inner, { ...primary, name, failoverVersion: version, label });
  return name === "" && version === "" && label === "" ? undefined : { name, version, label };
}

interface Checked extends Primary {
  readonly name: string;
  readonly failoverVersion: string;
  readonly label: string;
}

function checkFailover(entry: GoEntry, checked: Checked): void {
  const { alias, version, type, regions, name, failoverVersion, label } = checked;
  if (alias === "") {
    const problem = "object alias must be specified for objects with failover entries";
    entry.refuse(undefined, problem, "write objectAlias beside failoverObject: one file, wherever it comes from");
    return;
  }
  if (regions.failover === undefined) {
    const problem = `failover object allowed only when failover region is defined: ${name}`;
    entry.refuse("objectName", problem, "set the parameter failoverRegion");
    return;
  }
  const region = { name: regions.failover, from: "parameter failoverRegion" };
  const found = readKind(entry, name, type, { region, which: "failoverRegion" });
  if (found === undefined) return;
  if (found === "ssmparameter" && failoverVersion !== "" && label !== "") {
    const problem = "cannot specify both objectVersion and objectVersionLabel for a parameter";
    entry.refuse("objectVersionLabel", problem, "keep one of the two");
  }
  if (version !== failoverVersion) {
    const problem = "object versions must match between primary and failover regions";
    entry.refuse("objectVersion", problem, "write the same objectVersion on both sides, or on neither");
  }
}
