import { setting, type Setting, type SettingValues } from "../../model/setting.ts";
import { booleanRule } from "../../text/rules.ts";

const refuseOlder = setting(
  {
    flag: "sops-refuse-older",
    value: "BOOLEAN",
    help: "true refuses a SOPS document that is older than one that was mounted before in its place",
    defaultText: "false",
  },
  booleanRule,
  false,
);

/** Every setting of the store. */
export const settings: readonly Setting<unknown>[] = [refuseOlder];

/** What the operator says about SOPS documents. */
export interface SopsSettings {
  /** Whether a document older than one that was mounted before in its place is refused. */
  readonly refuseOlder: boolean;
}

/** What those settings say. */
export function sopsSettings(values: SettingValues): SopsSettings {
  return { refuseOlder: values.get(refuseOlder) };
}
