import { describe, expect, test } from "@jest/globals";
import { parseAgeRecipient } from "../../../../src/keys/age/recipients.ts";
import type { Compute } from "../../../../src/model/compute.ts";
import { sealText, type Sealing } from "../../../../src/stores/sops/store.ts";
import { compute } from "../../../fakes/compute.ts";
import { sessionFor } from "../../../fakes/connected.ts";
import { askFound, createFields, parse, pod } from "./asking.ts";

const signal = new AbortController().signal;
const age1 = "age18yjqjrey0vpgelrj5ca7tudscy6x0uq9x7pqu8da77ts09uj6eaqsr9jm6";
const keys = ["age-1.txt"];

async function seal(plain: string, more: Partial<Sealing> = {}): Promise<string> {
  const recipients = [await parseAgeRecipient(age1)].filter((one) => one !== undefined);
  const sealing = { format: "yaml", recipients, now: Date.parse("2026-01-01T00:00:00Z"), ...more } as const;
  return Buffer.from(await sealText(Buffer.from(plain), sealing)).toString();
}

/** Does the work, and tells its names. */
function counted(): Compute & { readonly done: string[] } {
  const done: string[] = [];
  return {
    done,
    run: (job, input, turn) => {
      done.push(job.name);
      return compute.run(job, input, turn);
    },
  };
}

const large = Array.from({ length: 3000 }, (_, at) => `key-${at}: value-${at}\n`).join("");

describe("a document that takes long to read", () => {
  test("is opened elsewhere, and is the same", async () => {
    const work = counted();
    const { value, tree } = await askFound({ text: await seal(large), keys, work });
    expect(value.revealText()).toBe(large);
    expect(Object.entries(tree?.() ?? {}).slice(0, 2)).toEqual([
      ["key-0", "value-0"],
      ["key-1", "value-1"],
    ]);
    expect(work.done).toEqual(["sops-outline", "sops-open"]);
  });

  test("is parsed for no object of a manifest, and read once for all of them", async () => {
    const text = await seal(large);
    const { store } = parse({ text: "" });
    const began = performance.now();
    const reads = Array.from({ length: 1500 }, () =>
      store.store.language.object(createFields(undefined), { objectName: "app", carried: () => text }, {}),
    );
    expect(performance.now() - began).toBeLessThan(1000);
    expect(new Set(reads.map(({ key }) => key)).size).toBe(1);
  });

  test("is checked whole where time does not matter", async () => {
    const text = (await seal(large)).replace("key-7: ENC[", "key-7: NOT[");
    expect(parse({ text }, true).refused.join()).toContain('the value at "key-7" is not encrypted');
    expect(parse({ text }, false).refused).toEqual([]);
  });

  test("and is bad costs its price once", async () => {
    const work = counted();
    const text = `${"a: [".repeat(20_000)}\nsops: {}\n`;
    const { store, ref, refused } = parse({ text, keys, work }, false);
    expect(refused).toEqual([]);
    const session = sessionFor(store.store, {}, pod);
    for (let time = 0; time < 3; time += 1) {
      const [outcome] = await store.connection.fetch([ref], session, signal);
      expect(outcome).toMatchObject({ kind: "failed", error: { reason: "document_invalid" } });
    }
    expect(work.done).toEqual(["sops-outline"]);
  });
});

describe("a document's rule", () => {
  const plain = "password: secret\nhost: db\n";

  test("of the ordinary kind is matched here", async () => {
    const work = counted();
    const text = await seal(plain, { rule: { field: "encrypted_regex", text: "^(password|token)$" } });
    expect((await askFound({ text, keys, work })).value.revealText()).toBe(plain);
    expect(work.done).toEqual([]);
  });

  test("that may grow is neither compiled nor matched before a key is granted, and then elsewhere", async () => {
    const work = counted();
    const text = await seal(plain, { rule: { field: "encrypted_regex", text: "^pass(?:word){1,3}$" } });
    const { store, ref, refused } = parse({ text, keys, work }, false);
    expect(refused).toEqual([]);
    const foreign = sessionFor(store.store, {}, { ...pod, namespace: "other" });
    const [closed] = await store.connection.fetch([ref], foreign, signal);
    expect(closed).toMatchObject({ kind: "failed", error: { reason: "key_not_granted" } });
    expect(work.done).toEqual(["sops-outline"]);
    expect((await askFound({ text, keys, work })).value.revealText()).toBe(plain);
    expect(work.done).toEqual(["sops-outline", "sops-outline", "sops-open"]);
  });

  test("that is no pattern is refused", async () => {
    const sealed = await seal(plain, { rule: { field: "encrypted_regex", text: "marker" } });
    const text = sealed.replace("encrypted_regex: marker", "encrypted_regex: (?=a){2}");
    await expect(askFound({ text, keys })).rejects.toMatchObject({ reason: "document_invalid" });
    expect(parse({ text }).refused.join()).toContain("not a valid RE2 pattern");
  });
});
