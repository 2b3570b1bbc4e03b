import { lintFiles, type LintOptions } from "../../src/cli/lint/lint.ts";
import type { Dialect } from "../../src/model/dialect.ts";

/** What a run of lint wrote, and how it ended. */
export interface Linted {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Files by path; a path that ends with a slash is made a folder by the files below it. */
export async function lintTexts(
  files: Readonly<Record<string, string | Uint8Array>>,
  dialects: readonly Dialect[],
  options: Partial<LintOptions> & { readonly color?: boolean } = {},
): Promise<Linted> {
  const written = { out: "", err: "" };
  const { color = false, ...rest } = options;
  const asked: LintOptions = {
    files: Object.keys(files),
    output: "text",
    strict: false,
    version: "1.2.3",
    dialects,
    ...rest,
  };
  const code = await lintFiles(asked, {
    read: (file) => {
      const content = files[file];
      if (content === undefined) return Promise.reject(new Error("ENOENT"));
      return Promise.resolve(typeof content === "string" ? Buffer.from(content) : content);
    },
    entries: (path) => Promise.resolve(entriesBelow(Object.keys(files), path)),
    out: (text) => (written.out += text),
    err: (text) => (written.err += text),
    color,
  });
  return { code, ...written };
}

function entriesBelow(files: readonly string[], path: string) {
  const prefix = path.endsWith("/") ? path : `${path}/`;
  const below = files.filter((file) => file.startsWith(prefix)).map((file) => file.slice(prefix.length));
  if (below.length === 0) return undefined;
  return [...new Set(below.map((file) => file.split("/")[0] ?? ""))].map((name) => {
    return { name, is: below.includes(name) ? ("file" as const) : ("folder" as const) };
  });
}
