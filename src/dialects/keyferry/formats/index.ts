import type { OutputFormat } from "./contract.ts";
import { dockerConfigFormat } from "./dockerconfigjson.ts";
import { dotenvFormat, shellFormat } from "./environment.ts";
import { iniFormat } from "./ini.ts";
import { jsonFormat } from "./json.ts";
import { mySqlFormat, netrcFormat, pgpassFormat } from "./logins.ts";
import { certificateFormats } from "./pem.ts";
import { pkcs12Format } from "./pkcs12.ts";
import { propertiesFormat } from "./properties.ts";
import { tomlFormat } from "./toml.ts";
import { yamlFormat } from "./yaml.ts";

/** Every output, in the order of the documentation. */
export const outputFormats: readonly OutputFormat[] = [
  jsonFormat,
  yamlFormat,
  tomlFormat,
  dotenvFormat,
  shellFormat,
  propertiesFormat,
  iniFormat,
  dockerConfigFormat,
  pgpassFormat,
  netrcFormat,
  mySqlFormat,
  ...certificateFormats,
  pkcs12Format,
];
