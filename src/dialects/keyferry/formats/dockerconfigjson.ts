import { plainFormat } from "./contract.ts";
import { entriesOf, fieldOf, isMap, outputError, type Entry } from "./data.ts";
import { shownName } from "../../../text/shown-name.ts";

/** `dockerconfigjson`: one registry, or a map of them; a registry that has no `registry` is named by its key. */
export const dockerConfigFormat = plainFormat("dockerconfigjson", (data) => {
  const entries = entriesOf(data, "dockerconfigjson");
  const isOne = entries.some(([name, value]) => ["registry", "username", "password"].includes(name) && !isMap(value));
  const auths = new Map<string, unknown>();
  for (const entry of isOne ? [["", data] as const] : entries) {
    const [registry, login] = loginOf(entry);
    if (auths.has(registry))
      throw outputError(`output dockerconfigjson: two logins for the registry ${shownName(registry)}`);
    auths.set(registry, login);
  }
  return JSON.stringify({ auths: Object.fromEntries([...auths].sort(([one], [other]) => (one < other ? -1 : 1))) });
});

function loginOf([key, value]: Entry): readonly [string, unknown] {
  if (!isMap(value))
    throw outputError(`output dockerconfigjson: ${shownName(key)} is no map of registry, username, password`);
  const field = (name: string, instead?: string) => fieldOf(value, name, "dockerconfigjson", instead);
  const registry = key === "" ? field("registry") : field("registry", key);
  const [username, password] = [field("username"), field("password")];
  if (username.includes(":")) {
    throw outputError("output dockerconfigjson: a username holds a colon, which ends it where it is read");
  }
  const auth = Buffer.from(`${username}:${password}`, "utf8").toString("base64");
  const email = field("email", "");
  return [registry, { username, password, ...(email === "" ? {} : { email }), auth }];
}
