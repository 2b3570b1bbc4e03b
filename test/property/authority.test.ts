import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { AuthorityRewriter } from "../../src/serve/grpc-socket/authority.ts";
import { dataFrame, frame, headersFrames, huffman, literal, preface, text } from "../fakes/http2-frames.ts";

const kind = fc.constantFrom("incremental" as const, "without" as const, "never" as const);

const value = fc.oneof(
  fc.constantFrom("/var/run/x.sock", "localhost", "/a", "/", "").map((plain) => text(plain)),
  fc.stringMatching(/^[a-z/.-]{1,60}$/).map((plain) => text(huffman(plain), true)),
  fc.uint8Array({ maxLength: 30 }).map((octets) => text(octets)),
  fc.uint8Array({ maxLength: 30 }).map((octets) => text(octets, true)),
);

const field = fc.tuple(kind, fc.oneof(fc.constantFrom(1, 4, 62), fc.constant(text(":authority"))), value);

const block = fc
  .array(field, { maxLength: 5 })
  .map((fields) => Buffer.concat(fields.map(([how, name, content]) => literal(how, name, content))));

const headers = fc
  .record({
    stream: fc.constantFrom(1, 3),
    block,
    padding: fc.option(fc.nat(20), { nil: undefined }),
    priority: fc.boolean(),
    cuts: fc.array(fc.nat(40), { maxLength: 3 }),
  })
  .map(({ stream, block: fields, padding, priority, cuts }) =>
    headersFrames(stream, fields, {
      ...(padding === undefined ? {} : { padding }),
      priority,
      cuts: cuts.map((cut) => Math.min(cut, fields.length)).toSorted((a, b) => a - b),
    }),
  );

const anyFrame = fc.oneof(
  headers,
  fc.uint8Array({ maxLength: 50 }).map((octets) => dataFrame(1, octets)),
  fc
    .tuple(fc.nat(255), fc.nat(255), fc.nat(5), fc.uint8Array({ maxLength: 50 }))
    .map(([type, flag, stream, payload]) => frame(type, flag, stream, payload)),
  fc.uint8Array({ maxLength: 30 }).map((octets) => Buffer.from(octets)),
);

const input = fc.array(anyFrame, { maxLength: 8 }).map((frames) => Buffer.concat([preface, ...frames]));

function rewrite(chunks: readonly Buffer[]): Buffer {
  const rewriter = new AuthorityRewriter();
  return Buffer.concat([...chunks.flatMap((chunk) => rewriter.push(chunk)), ...rewriter.flush()]);
}

function split(whole: Buffer, edges: readonly number[]): readonly Buffer[] {
  const sorted = [0, ...edges.map((edge) => edge % (whole.length + 1)).toSorted((a, b) => a - b), whole.length];
  return sorted.slice(1).map((edge, index) => whole.subarray(sorted[index], edge));
}

describe("AuthorityRewriter", () => {
  test("gives the same however the input is cut, and never more octets than it got", () => {
    fc.assert(
      fc.property(input, fc.array(fc.nat(), { maxLength: 12 }), (whole, edges) => {
        const once = rewrite([whole]);
        expect(rewrite(split(whole, edges)).equals(once)).toBe(true);
        expect(once.length).toBeLessThanOrEqual(whole.length);
      }),
      { numRuns: 500 },
    );
  });

  test("gives the same octet by octet", () => {
    fc.assert(
      fc.property(input, (whole) => {
        expect(rewrite(Array.from(whole, (octet) => Buffer.from([octet]))).equals(rewrite([whole]))).toBe(true);
      }),
    );
  });

  test("rewriting again changes nothing", () => {
    fc.assert(
      fc.property(fc.array(headers, { maxLength: 4 }), (frames) => {
        const once = rewrite([Buffer.concat([preface, ...frames])]);
        expect(rewrite([once]).equals(once)).toBe(true);
      }),
    );
  });

  test("passes whatever is not HTTP/2 unchanged", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 100 }).map((octets) => Buffer.from(octets))), (chunks) => {
        expect(rewrite(chunks).equals(Buffer.concat(chunks))).toBe(true);
      }),
    );
  });
});
