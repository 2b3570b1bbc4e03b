import { MountError } from "../../src/model/error.ts";
import type { Found, Outcome } from "../../src/model/outcome.ts";
import { Issues } from "../../src/text/issues.ts";
import { sessionFor, type Connected } from "./connected.ts";
import { readList } from "../../src/text/yaml/read-text.ts";

/** One object of a store whose documents the manifest carries. */
export interface Question {
  /** The text of the parameter `app`, which `objectName` names; undefined where there is none. */
  readonly text: string | undefined;
  /** The object's own fields as YAML, such as `key: password`. */
  readonly fields?: string;
  readonly namespace?: string;
  readonly serviceAccount?: string;
  readonly signal?: AbortSignal;
}

/** What was wrong with the object, as `lint` would say it; empty when nothing was. */
export function refusals(store: Connected, question: Question): readonly string[] {
  return read(store, question).refused;
}

/** Reads the object and fetches it, also when it was refused. */
export async function ask(store: Connected, question: Question): Promise<Outcome> {
  const { ref } = read(store, question);
  const { namespace = "team-a", serviceAccount = "sa" } = question;
  const pod = { name: "p", namespace, uid: "u", serviceAccount };
  const session = sessionFor(store.store, {}, pod);
  const [outcome] = await store.connection.fetch([ref], session, question.signal ?? new AbortController().signal);
  if (outcome === undefined) throw new Error("no outcome");
  return outcome;
}

/** As `ask`; everything but found is an error. */
export async function askFound(store: Connected, question: Question): Promise<Found> {
  const { refused } = read(store, question);
  if (refused.length > 0) throw new Error(refused.join("\n"));
  const outcome = await ask(store, question);
  if (outcome.kind === "failed") throw outcome.error;
  if (outcome.kind === "missing") throw new Error(outcome.problem);
  return outcome;
}

/** The reason and text of what a person would see, whether parsing or fetching refused it; `found` otherwise. */
export async function refusal(store: Connected, question: Question): Promise<string> {
  const outcome = await ask(store, question);
  const said = [...refusals(store, question)];
  if (outcome.kind === "failed") said.push(`${outcome.error.reason}: ${outcome.error.message}`);
  return outcome.kind === "failed" ? said.join("\n") : outcome.kind;
}

function read({ store }: Connected, { text, fields = "" }: Question) {
  const issues = new Issues();
  const [reader] = readList(`- objectName: app\n${fields.replace(/^/gmu, "  ")}`, "objects", issues) ?? [];
  if (reader === undefined) throw new MountError("internal", "the fields are not YAML");
  reader.requiredText("objectName", "");
  const carried = (name: string) => (name === "app" ? text : undefined);
  const { ref } = store.language.object(reader, { objectName: "app", carried }, {});
  reader.finish();
  return {
    ref,
    refused: issues.sorted.map(({ place, problem, fix }) => `${place.field ?? ""}: ${problem}; ${fix}`),
  };
}
