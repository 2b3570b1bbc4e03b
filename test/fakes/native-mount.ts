import { createKeyferryDialect } from "../../src/dialects/keyferry/index.ts";
import { defaultFileMode } from "../../src/model/file.ts";
import { Issues } from "../../src/text/issues.ts";
import { MountError } from "../../src/model/error.ts";
import { createMemoryStore, type MemoryObject } from "./memory-store.ts";
import { textsOf } from "./mounting.ts";
import { mountPlan } from "./plan-mount.ts";

/** Objects of the store by name; a text is its content, at version 1. */
export type NativeObjects = Readonly<Record<string, string | Partial<MemoryObject>>>;

/** Mounts `objects` of a native manifest from a store in memory; `more` are other parameters. Throws MountError. */
export async function mountNative(stored: NativeObjects, objects: string, more: Readonly<Record<string, string>> = {}) {
  const store = createMemoryStore();
  for (const [name, object] of Object.entries(stored)) {
    const given = typeof object === "string" ? { content: Buffer.from(object) } : object;
    store.objects.set(name, { content: Buffer.alloc(0), version: "1", ...given });
  }
  const dialect = createKeyferryDialect({ stores: [store], operatorStores: [] });
  const issues = new Issues();
  const parameters = new Map(Object.entries({ stores: "[{ name: m, kind: memory }]", objects, ...more }));
  const plan = dialect.parse({ parameters, defaultMode: defaultFileMode }, issues);
  const problem = issues.toError();
  if (problem !== undefined) throw problem;
  if (plan === undefined) throw new Error("no plan");
  const answer = await mountPlan(plan, store.connect({}));
  return { files: textsOf(answer), versions: answer.versions, asked: store.calls.refs.flat() };
}

/** The lines of the error that a Mount of it ends with. */
export async function nativeProblems(...given: Parameters<typeof mountNative>): Promise<readonly string[]> {
  const error: unknown = await mountNative(...given).catch((thrown: unknown) => thrown);
  return error instanceof MountError ? error.text.split("\n") : [`no error: ${JSON.stringify(error)}`];
}
