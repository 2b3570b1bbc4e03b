/** What stands for the slashes of names in the volume; `off` keeps them, as folders. */
export type PathTranslation = { readonly kind: "off" } | { readonly kind: "replace"; readonly by: string };

/** Reads `pathTranslation`; undefined for a text that is neither `False` nor one byte. */
export function parsePathTranslation(text: string): PathTranslation | undefined {
  if (text === "") return { kind: "replace", by: "_" };
  if (text.toLowerCase() === "false") return { kind: "off" };
  return Buffer.byteLength(text) === 1 ? { kind: "replace", by: text } : undefined;
}

/** The path in the volume of an object's alias or name (ASCP source: provider/secret_descriptor.go, GetFileName). */
export function fileName(name: string, translation: PathTranslation): string {
  return translation.kind === "off" ? name.replace(/^\/+/u, "") : name.replaceAll("/", translation.by);
}

/** Whether the official provider takes a path for one that leaves the volume. */
export function climbsOut(path: string): boolean {
  return path.includes("/../") || path.startsWith("../") || path.endsWith("/..");
}
