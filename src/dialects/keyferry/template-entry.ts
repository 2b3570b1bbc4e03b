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
import { expressionsOf, maxTemplates } from "./templates/size.ts";
import type { Template } from "./templates/templates.ts";

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
      const used = template.names.flatMap((one) => findName(one, values, broken, reader, field));
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
  context.expressions.count += expressionsOf(text);
  if (context.expressions.count > maxTemplates.expressions) {
    const problem = `the templates of the manifest have more than ${maxTemplates.expressions} outputs and tags together`;
    reader.refuse(field, problem, "write fewer, or make several SecretProviderClasses");
    return undefined;
  }
  const parsed = context.templates.parse(text);
  if ("text" in parsed) return parsed;
  const { line, column, problem, fix } = parsed;
  reader.refuse(field, `line ${line}, column ${column}: ${problem}`, fix);
  return undefined;
}

function findName(
  { name, line, column }: Template["names"][number],
  values: NamedValues,
  broken: ReadonlySet<string>,
  reader: Reader,
  field: string,
): readonly NamedValue[] {
  const found = values.get(name);
  if (found !== undefined || broken.has(name)) return found === undefined ? [] : [found];
  const names = [...values.keys()];
  const meant = nearest(name, names);
  const known =
    names.length === 0 ? "give an object this name with as" : `known names: ${names.slice(0, 20).join(", ")}`;
  const problem = `line ${line}, column ${column}: no object is named ${shownName(name)}`;
  reader.refuse(field, problem, meant === undefined ? known : `did you mean ${meant}?`);
  return [];
}
