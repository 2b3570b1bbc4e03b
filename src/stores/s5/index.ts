import { carriedPlugin } from "../plugin.ts";

/** The plug-in of stores of kind `s5`. */
export const s5 = carriedPlugin("s5", async () => (await import("./store.ts")).createS5Store());
