import type { Permission } from "../model/permission.ts";
import { hmacSecretNameSetting } from "./settings.ts";

/** The rights to read and make the key of object versions, for a store whose versions are made with it. */
export function versionKeyRights(without: string): readonly Permission[] {
  const shared: Omit<Permission, "verb"> = {
    resource: "secrets",
    ownNamespace: true,
    nameSetting: hmacSecretNameSetting,
    purpose: "the key of object versions",
    without,
    value: "rbac.hmacKey",
    required: false,
  };
  return [
    { ...shared, verb: "get" },
    { ...shared, verb: "create" },
  ];
}
