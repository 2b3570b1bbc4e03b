import type { Setting } from "../../src/model/setting.ts";

/** docs/reference/options.md. */
export function optionsPage(settings: readonly Setting<unknown>[]): string {
  const official = settings.filter(({ flag, officialEnv }) => flag === undefined || officialEnv !== undefined);
  return [
    "<!-- Written by `npm run reference`: change the settings in src, not this file. -->",
    "",
    "# Options of the daemon",
    "",
    "Each is a flag of `keyferry serve`, an environment variable and a key of the `--config` file. A flag beats the variable, the variable beats the file, the file beats the official provider's variable, and that beats the default. Several values are written with commas between, by repeating the flag, or as a list in the file. A wrong value ends the daemon at once with exit code 2 and a message that says where the value came from and what is allowed; `keyferry doctor` says the same.",
    "",
    "| flag | variable | key | default | meaning |",
    "|---|---|---|---|---|",
    ...settings.flatMap((setting) => flagRow(setting)),
    "",
    "## What is written",
    "",
    "| value | is |",
    "|---|---|",
    "| BOOLEAN | `true` or `false`, in any spelling of Go: also `1`, `t`, `T`, `TRUE`, `True`, `0`, `f`, `F`, `FALSE`, `False` |",
    "| DURATION | a number with a unit, or several: `90s`, `2m`, `1m30s`, `500ms` |",
    "| HOST:PORT | port 0 means any free one; the log says which was chosen |",
    "| URL | `https://HOST`, with port and path where needed, without user name and query. Plain http: of a Vault server and of a metadata service anywhere, elsewhere on loopback only |",
    "| NS | a namespace, or a pattern of namespaces such as `team-*` |",
    "",
    "## Other variables",
    "",
    "Those of the official providers keep working, so that a DaemonSet can be moved with its environment; the flag, its own variable and the file count more. Proxies are set by `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`.",
    "",
    "| variable | value | stands for |",
    "|---|---|---|",
    ...official.map(officialRow),
    "",
    "The configuration file also holds what is not a flag: stores, keys, policy and refresh. See [operate/configure.md](../operate/configure.md); [deploy/schema](../../deploy/schema) has a JSON Schema of the whole file for editors.",
    "",
  ].join("\n");
}

function flagRow({ flag, value, env, key, defaultText, help, list }: Setting<unknown>): readonly string[] {
  if (flag === undefined) return [];
  const cells = [
    `\`--${flag} ${value}\``,
    `\`${env}\``,
    key === undefined ? "–" : `\`${key}\``,
    defaultText === undefined ? "–" : `\`${defaultText}\``,
    `${help}${list ? "; may be given again" : ""}`,
  ];
  return [`| ${cells.join(" | ")} |`];
}

function officialRow({ flag, env, officialEnv, officialFallbackEnv, value, help }: Setting<unknown>): string {
  const other = officialFallbackEnv === undefined ? "" : `, else \`${officialFallbackEnv}\``;
  return `| \`${officialEnv ?? env}\`${other} | ${value} | ${flag === undefined ? help : `\`--${flag}\``} |`;
}
