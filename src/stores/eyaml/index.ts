import { carriedPlugin } from "../plugin.ts";

/** The plug-in of stores of kind `eyaml`. */
export const eyaml = carriedPlugin("eyaml", async () => (await import("./store.ts")).createEyamlStore());
