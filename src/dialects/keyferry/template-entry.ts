import { createHash } from "node:crypto";
import type { Tree } from "../../model/outcome.ts";
import type { Read } from "../../model/plan.ts";
import { Secret } from "../../model/secret.ts";
import { nearest } from "../../text/nearest.ts";
import { shownName } from "../../text/shown-name.ts";
import type { Reader } from "../../text/yaml/reader.ts";
import type { ComposedEntry } from "./composed-entry.ts";
import { finishEntry, readMode, readPath, type EntryContext } from "./entry.ts";
import type { NamedValue, NamedValues } from "./named-values.ts";
import { positionOf, type Template } from "./templates/templates.ts";

/** An entry with `template` or `templateFrom`: a file made of named values. */
export function parseTemplateEntry(reader: Reader, context: EntryContext): ComposedEntry {
  const alias = reader.requiredText("objectAlias", "name the file, such as app.env");
  if (alias !== "") reader.setName(alias);
  const field = reader.isWritten("template") ? "template" : "templateFrom";
  const text =
    field === "template" ? reader.requiredText("template", "write the text of the file") : readFrom(reader, context);
  const template = text === undefined || text === "" ? undefined : parse(text, field, reader, context);
  const mode = readMode(reader, context);
  const path = alias === "" ? undefined : readPath(reader, undefined, context);
  finishEntry(reader, undefined);
  return {
    link: (values, broken) => {
      if (template === undefined) return undefined;
      const used = findNames(template, values, broken, (problem, fix) => reader.refuse(field, problem, fix));
      if (path === undefined || used.length < template.names.length) return undefined;
      const reads = [...new Set(used.map(({ read }): Read => read))];
      return {
        index: reader.place.index ?? 0,
        name: path,
        reads,
        paths: [path],
        render: async (answers, rendering) => {
          const scope = Object.create(null) as Record<string, Tree>;
          const versions: string[] = [];
          for (const one of used) {
            const answer = answers[reads.indexOf(one.read)];
            scope[one.name] = await one.value(answer, rendering);
            versions.push(one.version(answer));
          }
          const content = Secret.fromText(await context.templates.render(template, scope, rendering));
          return { files: [{ path, mode, content }], versions: [{ id: path, version: versionOf(template, versions) }] };
        },
      };
    },
  };
}

/** Changes with an input's version and with the template; neither of them is secret. */
function versionOf({ text }: Template, versions: readonly string[]): string {
  const digest = createHash("sha256")
    .update(JSON.stringify([text, ...versions]))
    .digest("base64url");
  return `template-${digest.slice(0, 22)}`;
}

/** The parameter's text; it then counts as known. */
function readFrom(reader: Reader, { input, claim }: EntryContext): string | undefined {
  const name = reader.requiredText("templateFrom", "write the name of the parameter that holds the template");
  const text = name === "" ? undefined : input.parameters.get(name);
  if (text !== undefined) {
    claim(name);
    if (text === "")
      reader.refuse("templateFrom", `the parameter ${shownName(name)} is empty`, "write the text of the file there");
    return text;
  }
  if (name === "") return undefined;
  const meant = nearest(name, input.parameters.keys());
  const fix = meant === undefined ? "add the parameter, with the template as its text" : `did you mean ${meant}?`;
  reader.refuse("templateFrom", `there is no parameter ${shownName(name)}`, fix, "parameter_missing");
  return undefined;
}

function parse(text: string, field: string, reader: Reader, context: EntryContext): Template | undefined {
  const tooMuch = context.templateSizes.add(text);
  if (tooMuch !== undefined) {
    reader.refuse(field, tooMuch, "write fewer, or make several SecretProviderClasses");
    return undefined;
  }
  const parsed = context.templates.parse(text);
  if ("text" in parsed) return parsed;
  const { line, column, problem, fix } = parsed;
  reader.refuse(field, `line ${line}, column ${column}: ${problem}`, fix);
  return undefined;
}

/** Most unknown names of one template that are reported. */
const maxReported = 20;

/** The values that a template names; names that there are not are reported with their places. */
function findNames(
  { text, names }: Template,
  values: NamedValues,
  broken: ReadonlySet<string>,
  report: (problem: string, fix: string) => void,
): readonly NamedValue[] {
  const all = [...values.keys()];
  const known = all.length === 0 ? "give an object this name with as" : `known names: ${all.slice(0, 20).join(", ")}`;
  const unknown = names.filter(({ name }) => !values.has(name) && !broken.has(name));
  for (const { name, offset } of unknown.slice(0, maxReported)) {
    const { line, column } = positionOf(text, offset);
    const meant = nearest(name, all);
    const problem = `line ${line}, column ${column}: no object is named ${shownName(name)}`;
    report(problem, meant === undefined ? known : `did you mean ${meant}?`);
  }
  return names.flatMap(({ name }) => values.get(name) ?? []);
}
