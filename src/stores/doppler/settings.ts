import { listSetting, setting, type Setting, type SettingValues } from "../../model/setting.ts";
import { booleanRule, durationRule, namespaceRule, pathRule } from "../../text/rules.ts";
import { urlRule } from "../../text/url-rules.ts";
import { standardHost } from "./params.ts";

/** What the operator says of Doppler. */
export interface DopplerSettings {
  /** The only hosts that manifests may name; the first is the one of those that name none. */
  readonly hosts: readonly string[];
  /** How long an answer is used without asking again, in milliseconds. */
  readonly minInterval: number;
  /** Whether `verifyTLS: false` is heeded. */
  readonly allowSkipVerify: boolean;
  /** File with a token; empty for none. */
  readonly tokenFile: string;
  /** Patterns of namespaces whose manifests may use it. */
  readonly tokenNamespaces: readonly string[];
}

const own = {
  hosts: listSetting(
    {
      flag: "doppler-hosts",
      value: "URL[,URL...]",
      help: "the only Doppler hosts that manifests may use, the first for those that name none; https, or http on loopback for tests",
      defaultText: standardHost,
    },
    urlRule({ http: "loopback" }),
    [standardHost],
  ),
  minInterval: setting(
    {
      flag: "doppler-min-interval",
      value: "DURATION",
      help: "how long the answer for a Doppler config serves everybody with the same token before Doppler is asked again",
      defaultText: "15s",
    },
    durationRule(),
    15_000,
  ),
  allowSkipVerify: setting(
    {
      flag: "doppler-allow-skip-verify",
      value: "BOOLEAN",
      help: "true lets manifests set verifyTLS to false",
      defaultText: "false",
    },
    booleanRule,
    false,
  ),
  tokenFile: setting(
    {
      flag: "doppler-token-file",
      value: "FILE",
      help: "file with a Doppler token for stores with auth operator",
      secretFile: true,
    },
    pathRule,
    "",
  ),
  tokenNamespaces: listSetting(
    {
      flag: "doppler-token-namespaces",
      value: "NS[,NS...]",
      help: "namespaces whose manifests may use that token (default: none)",
    },
    namespaceRule,
    [],
  ),
};

/** Every setting of the store, in the order of the reference page. */
export const dopplerSettingList: readonly Setting<unknown>[] = Object.values(own);

/** What those settings say. */
export function dopplerSettings(values: SettingValues): DopplerSettings {
  const hosts = values.get(own.hosts);
  return {
    hosts: hosts.length === 0 ? [standardHost] : hosts,
    minInterval: values.get(own.minInterval),
    allowSkipVerify: values.get(own.allowSkipVerify),
    tokenFile: values.get(own.tokenFile),
    tokenNamespaces: values.get(own.tokenNamespaces),
  };
}

/** The host of manifests that name none. */
export function hostOf({ hosts }: DopplerSettings): string {
  return hosts[0] ?? standardHost;
}
