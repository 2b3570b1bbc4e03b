import { setting, type Setting, type SettingValues } from "../../model/setting.ts";
import { pathRule, patternRule } from "../../text/rules.ts";
import { urlRule } from "../../text/url-rules.ts";

/** What stands in for what manifests leave out; empty, or undefined for the file, where nothing does. */
export interface ConjurSettings {
  readonly address: string;
  readonly account: string;
  readonly authnId: string;
  readonly caFile: string | undefined;
}

const own = {
  address: setting(
    { flag: "conjur-address", value: "URL", help: "address of the Conjur server for manifests that name none" },
    urlRule({ http: "any" }),
    "",
  ),
  account: setting(
    { flag: "conjur-account", value: "NAME", help: "account of the Conjur server for manifests that name none" },
    patternRule(/^[^\s:,/\p{Cc}]+$/u, "write the name of an account"),
    "",
  ),
  authnId: setting(
    {
      flag: "conjur-authn-id",
      value: "AUTHENTICATOR",
      help: "authenticator, as authn-jwt/NAME, for manifests of Conjur that name none",
    },
    patternRule(/^authn-jwt\/[^\s\p{Cc}/]+$/u, "write authn-jwt/ and the name of the authenticator"),
    "",
  ),
  caFile: setting(
    {
      flag: "conjur-ca-cert",
      value: "FILE",
      help: "PEM file with the CA of the Conjur server, for manifests that bring none (default: the system's CAs)",
    },
    pathRule,
    "",
  ),
};

/** Every setting of the store, in the order of the reference page. */
export const conjurSettingList: readonly Setting<unknown>[] = Object.values(own);

/** What those settings say. */
export function conjurSettings(values: SettingValues): ConjurSettings {
  const caFile = values.get(own.caFile);
  return {
    address: values.get(own.address),
    account: values.get(own.account),
    authnId: values.get(own.authnId),
    caFile: caFile === "" ? undefined : caFile,
  };
}
