import { keyKinds } from "../../src/keys/kinds.ts";
import type { KeyKind } from "../../src/model/key.ts";
import type { ConfiguredKey } from "../../src/config/config.ts";

/** Every kind of key, and paths as they are written. */
export const keyContext: { readonly keys: readonly KeyKind[]; pathOf(path: string): string } = {
  keys: keyKinds,
  pathOf: (path) => path,
};

/** Keys as the configuration gives them. */
export function configuredKeys(...sources: readonly ConfiguredKey["source"][]): readonly ConfiguredKey[] {
  return sources.map((source) => {
    const kind = keyContext.keys.find((one) => one.kind === source.kind);
    if (kind === undefined) throw new Error(`no kind ${source.kind}`);
    return { kind, source };
  });
}
