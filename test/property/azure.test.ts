import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { MountError } from "../../src/model/error.ts";
import { orderChain } from "../../src/text/certificates/chain.ts";
import { readPem, writePem } from "../../src/text/certificates/pem.ts";
import { openPfx } from "../../src/text/certificates/pkcs12.ts";
import { maxRounds, Rounds } from "../../src/text/certificates/rounds.ts";
import { parseDer } from "../../src/text/codecs/der.ts";
import { readVector } from "../vectors/vectors.ts";

const never = new AbortController().signal;

interface Fixture {
  readonly fixture: { readonly secrets: Readonly<Record<string, readonly { readonly value: string }[]>> };
}
const { fixture } = JSON.parse(readVector("azure/mounts.json")) as Fixture;
const pfx = (name: string) => Buffer.from(fixture.secrets[name]?.[0]?.value ?? "", "base64");

/** `opened`, or the reason of the refusal; throws what is no refusal. */
async function outcome(bytes: Buffer): Promise<string> {
  try {
    await openPfx(bytes, new Rounds(maxRounds), never);
    return "opened";
  } catch (error) {
    if (error instanceof MountError) return error.reason;
    throw error;
  }
}

describe("PFX files", () => {
  test.each(["pfx-kvstyle", "pfx-aes", "pfx-ec256"])(
    "%s opens, and not with a changed byte in its sealed part",
    async (name) => {
      const bytes = pfx(name);
      expect(await outcome(bytes)).toBe("opened");
      await fc.assert(
        fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
          const changed = Buffer.from(bytes);
          changed[at] = (changed[at] ?? 0) ^ change;
          expect(["opened", "object_unusable", "budget_exceeded"]).toContain(await outcome(changed));
        }),
        { numRuns: 60 },
      );
    },
  );

  test("any bytes are refused, never a crash", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
        expect(await outcome(Buffer.from(bytes))).toBe("object_unusable");
      }),
    );
  });

  test("a file that was cut anywhere is refused", async () => {
    const bytes = pfx("pfx-ec256");
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), async (length) => {
        expect(await outcome(bytes.subarray(0, length))).toBe("object_unusable");
      }),
      { numRuns: 60 },
    );
  });
});

describe("DER, chains and PEM", () => {
  test("any bytes are parsed or not", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => [undefined, "object"].includes(typeOf(parseDer(Buffer.from(bytes))))),
    );
  });

  test("a chain has the same certificates in some order, whatever they are", () => {
    const certificates = fc.array(
      fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(certificates, (list) => {
        const texts = (some: readonly Buffer[]) => some.map((one) => one.toString("hex")).sort();
        expect(texts(orderChain(list))).toEqual(texts(list));
      }),
    );
  });

  test("what is written as PEM is read again", () => {
    const block = fc.record({
      type: fc.stringMatching(/^[A-Z][A-Z ]{0,10}[A-Z]$/),
      bytes: fc.uint8Array({ minLength: 1 }),
    });
    fc.assert(
      fc.property(fc.array(block, { maxLength: 4 }), (blocks) => {
        const text = blocks.map(({ type, bytes }) => writePem(type, bytes)).join("");
        const read = readPem(text).map(({ type, bytes }) => [type, bytes.toString("hex")]);
        expect(read).toEqual(blocks.map(({ type, bytes }) => [type, Buffer.from(bytes).toString("hex")]));
      }),
    );
  });
});

function typeOf(value: unknown): string | undefined {
  return value === undefined ? undefined : typeof value;
}
