#!/usr/bin/env node
import * as module from "node:module";

declare const __KEYFERRY_NODE__: string | undefined;

/** Oldest Node.js that runs the rest, as package.json says; empty when run from the sources unbuilt. */
const needed = typeof __KEYFERRY_NODE__ === "string" ? __KEYFERRY_NODE__ : "";

/** Whether a version is at least another, by major and minor number. */
function reaches(version: string, least: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [leastMajor = 0, leastMinor = 0] = least.split(".").map(Number);
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}

// This file alone must run on a Node.js that is too old for the rest: it loads everything else, and names nothing that an
// old one does not know.
if (reaches(process.versions.node, needed)) {
  // Compiled code is cached between runs where a folder for it can be written; without one nothing changes.
  module.enableCompileCache();
  const { main } = await import("./cli/main.ts");
  await main();
} else {
  process.stderr.write(
    `keyferry: Node.js ${process.versions.node} is too old, ${needed} or newer is needed; in a checkout, ` +
      "`npm run -s keyferry -- COMMAND` fetches one\n",
  );
  process.exitCode = 1;
}
