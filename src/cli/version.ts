import type { Command } from "./command.ts";

declare const __KEYFERRY_VERSION__: string | undefined;
declare const __KEYFERRY_COMMIT__: string | undefined;

/** Semantic version of this build; `0.0.0` when run from the sources unbuilt. */
export const version = typeof __KEYFERRY_VERSION__ === "string" ? __KEYFERRY_VERSION__ : "0.0.0";

/** Commit this build was made from. */
export const commit = typeof __KEYFERRY_COMMIT__ === "string" ? __KEYFERRY_COMMIT__ : "unknown";

/** `keyferry version`. */
export const versionCommand: Command = {
  name: "version",
  summary: "prints version, commit and Node.js version",
  usage: "",
  options: [],
  run: (_given, _positionals, outside) => {
    outside.out(`keyferry ${version} (commit ${commit}, Node.js ${process.versions.node})\n`);
    return Promise.resolve(0);
  },
};
