import { describe, expect, test } from "@jest/globals";
import type { RunJob } from "../../../../src/model/compute.ts";
import { contentParts } from "../../../../src/stores/azure/content.ts";
import { pfxToPem } from "../../../../src/stores/azure/convert.ts";
import { maxRounds, Rounds, shortRounds } from "../../../../src/text/certificates/rounds.ts";
import { compute } from "../../../fakes/compute.ts";
import { readVector } from "../../../vectors/vectors.ts";

interface Fixture {
  readonly fixture: { readonly secrets: Readonly<Record<string, readonly { readonly value: string }[]>> };
}
const { fixture } = JSON.parse(readVector("azure/mounts.json")) as Fixture;
const good = fixture.secrets["pfx-aes"]?.[0]?.value ?? "";
const { signal } = new AbortController();

/** The same, where every derivation says that it takes so many rounds. */
function slow(rounds: number): string {
  const bytes = Buffer.from(good, "base64");
  const number = Buffer.from([2, 2, rounds >> 8, rounds & 0xff]);
  let changed = 0;
  for (const usual of [2048]) {
    const own = Buffer.from([2, 2, usual >> 8, usual & 0xff]);
    for (let at = bytes.indexOf(own); at !== -1; at = bytes.indexOf(own, at + 1)) changed += number.copy(bytes, at);
  }
  if (changed === 0) throw new Error("no number of rounds in it");
  return bytes.toString("base64");
}

/** The kinds of work asked for, and the PEM text. */
async function convert(value: string) {
  const asked: string[] = [];
  const run: RunJob = (job, input) => {
    asked.push(job.name);
    return compute.run(job, input, { tenant: "shop", signal });
  };
  const content = { type: "secret", value, contentType: "application/x-pkcs12", certificate: true } as const;
  const form = { format: "pem", encoding: "utf-8", chain: true, separate: false } as const;
  const parts = await contentParts(content, form, { run, signal }).catch((thrown: unknown) => thrown);
  return { asked, parts };
}

describe("a PFX", () => {
  test("of the ordinary kind is opened here", async () => {
    const { asked, parts } = await convert(good);
    expect(asked).toEqual([]);
    expect(parts).toMatchObject([{ suffix: "" }]);
  });

  test("with many rounds is opened elsewhere", async () => {
    const { asked, parts } = await convert(slow(30_000));
    expect(asked).toEqual(["pfx"]);
    // The rounds are not those that it was made with.
    expect(parts).toMatchObject({ reason: "object_unusable" });
  });

  test("gives the same there", async () => {
    const pem = await pfxToPem(good, true, new Rounds(shortRounds), signal);
    expect(await pfxToPem(good, true, new Rounds(maxRounds), signal)).toBe(pem);
  });

  test("stops before the round that is too many", async () => {
    const began = performance.now();
    const opening = pfxToPem(slow(30_000), true, new Rounds(shortRounds), signal);
    await expect(opening).rejects.toMatchObject({ reason: "budget_exceeded" });
    expect(performance.now() - began).toBeLessThan(50);
  });
});
