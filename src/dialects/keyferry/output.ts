import type { FileMode, ObjectPath } from "../../model/file.ts";
import type { Tree } from "../../model/outcome.ts";
import type { ReadAnswer, Rendered, RenderContext } from "../../model/plan.ts";
import { createHash } from "node:crypto";
import { MountError } from "../../model/error.ts";
import { Secret } from "../../model/secret.ts";
import { nearest } from "../../text/nearest.ts";
import type { Reader } from "../../text/yaml/reader.ts";
import { outputFormats } from "./formats/index.ts";
import type { OutputFormat } from "./formats/contract.ts";
import { findNames, type NamedValue, type NamedValues } from "./named-values.ts";

/** `output` and `outputOptions`, read. */
export interface Output {
  readonly format: OutputFormat;
  readonly options: unknown;
  /** Name of the value that is the password. */
  readonly passwordFrom: string | undefined;
  /** Records an issue at `outputOptions`. */
  readonly report: (problem: string, fix: string) => void;
}

/** An output whose password has been found among the named values. */
export interface LinkedOutput extends Output {
  readonly password: NamedValue | undefined;
}

/** What one file is written of. */
export interface OutputFile {
  readonly path: ObjectPath;
  readonly mode: FileMode;
  readonly data: Tree;
  /** Of the data. */
  readonly version: string;
  readonly passwordAnswer: ReadAnswer | undefined;
}

/** Reads the two fields; undefined where there is no output, or one that is not known. */
export function readOutput(reader: Reader): Output | undefined {
  const name = reader.text("output");
  const fields = reader.entry("outputOptions");
  if (name === undefined) return undefined;
  const format = outputFormats.find((one) => one.name === name);
  if (format === undefined) {
    const known = outputFormats.map((one) => one.name);
    const meant = nearest(name, known);
    const fix = meant === undefined ? `write one of: ${known.join(", ")}` : `did you mean ${meant}?`;
    reader.refuse("output", "there is no such output", fix);
    return undefined;
  }
  const options = format.options(fields);
  const passwordFrom = fields?.text("passwordFrom");
  const report = (problem: string, fix: string) => {
    reader.refuse("outputOptions", problem, fix);
  };
  if (passwordFrom !== undefined && !format.takesPassword) {
    report(`output ${name} takes no password`, "remove passwordFrom");
  }
  if (passwordFrom === undefined && format.takesPassword) {
    const fix = "add outputOptions: { passwordFrom: NAME }, with the name that as gave an object";
    reader.refuse(fields === undefined ? "output" : "outputOptions", `output ${name} needs a password`, fix);
  }
  fields?.finish();
  return { format, options, passwordFrom, report };
}

/** Finds the password among the named values. */
export function linkOutput(output: Output, values: NamedValues, broken: ReadonlySet<string>): LinkedOutput {
  const { passwordFrom, report } = output;
  const [password] = passwordFrom === undefined ? [] : findNames([passwordFrom], values, broken, report);
  return { ...output, password };
}

/** The one file of an output. Rejects with MountError. */
export async function outputFile(
  { format, options, password }: LinkedOutput,
  { path, mode, data, version, passwordAnswer }: OutputFile,
  context: RenderContext,
): Promise<Rendered> {
  const text = password === undefined ? undefined : passwordText(await password.value(passwordAnswer, context));
  const bytes = await format.write({ data, options, password: text }, context);
  const how = JSON.stringify([format.name, options ?? null]);
  const digest = createHash("sha256").update(how).digest("hex").slice(0, 8);
  const ofPassword = password === undefined ? "" : `+${password.version(passwordAnswer)}`;
  return {
    files: [{ path, mode, content: new Secret(bytes) }],
    versions: [{ id: path, version: `${version}-${digest}${ofPassword}` }],
  };
}

function passwordText(value: Tree): string {
  if (typeof value === "string" && value !== "") return value;
  throw new MountError("output_failed", "the value that passwordFrom names is missing, empty, or not one text");
}
