import { describe, expect, test } from "@jest/globals";
import { AuthorityRewriter } from "../../../../src/serve/grpc-socket/authority.ts";
import {
  dataFrame,
  frame,
  headersFrames,
  huffman,
  indexed,
  integer,
  literal,
  preface,
  settings,
  text,
} from "../../../fakes/http2-frames.ts";

const path = "/var/run/secrets-store-csi-providers/keyferry.sock";

/** `localhost` as the rewriter writes it. */
const localhost = text(huffman("localhost"), true);

/** The other fields of a request: method POST, scheme http. */
const before = Buffer.concat([indexed(3), indexed(6)]);
const after = Buffer.concat([
  literal("incremental", 4, text("/v1alpha1.CSIDriverProvider/Mount")),
  literal("without", text("te"), text("trailers")),
]);

function block(authority: Buffer): Buffer {
  return Buffer.concat([before, authority, after]);
}

function rewrite(input: Buffer, size = input.length): Buffer {
  const rewriter = new AuthorityRewriter();
  const out: Buffer[] = [];
  for (let at = 0; at < input.length; at += size) out.push(...rewriter.push(input.subarray(at, at + size)));
  return Buffer.concat([...out, ...rewriter.flush()]);
}

/** However the input is cut: in one piece, octet by octet, in sevens. */
function expectRewritten(input: Buffer, output: Buffer): void {
  for (const size of [input.length, 1, 7]) expect(rewrite(input, size).toString("hex")).toBe(output.toString("hex"));
}

function connection(...frames: readonly Buffer[]): Buffer {
  return Buffer.concat([preface, settings, ...frames]);
}

describe("a path as :authority becomes localhost", () => {
  const kinds = ["incremental", "without", "never"] as const;
  const names: readonly [string, number | Buffer][] = [
    ["static index", 1],
    ["name as text", text(":authority")],
    ["name in Huffman code", text(Buffer.from("b83b5339ec327d7f", "hex"), true)],
  ];
  const values: readonly [string, Buffer][] = [
    ["plain", text(path)],
    ["Huffman", text(huffman(path), true)],
    ["long", text(`/${"x".repeat(300)}`)],
    ["with a rare character", text(Buffer.from(`${path}\\`))],
  ];
  const cases = kinds.flatMap((kind) =>
    names.flatMap(([named, name]) => values.map(([valued, value]) => [kind, named, valued, name, value] as const)),
  );
  test.each(cases)("%s, %s, %s value", (kind, _named, _valued, name, value) => {
    expectRewritten(
      connection(headersFrames(1, block(literal(kind, name, value)))),
      connection(headersFrames(1, block(literal(kind, name, localhost)))),
    );
  });
});

describe("a path as :authority in frames of every shape", () => {
  const [wrong, right] = [block(literal("incremental", 1, text(path))), block(literal("incremental", 1, localhost))];
  test.each([
    ["PADDED", { padding: 9 }],
    ["padded by nothing", { padding: 0 }],
    ["PRIORITY", { priority: true }],
    ["both", { padding: 200, priority: true }],
  ])("%s", (_, shape) => {
    expectRewritten(connection(headersFrames(1, wrong, shape)), connection(headersFrames(1, right, shape)));
  });

  test.each([1, 2, 3, 10, 40, wrong.length - 1])("cut into CONTINUATION at %d", (cut) => {
    const shape = { padding: 3, priority: true, cuts: [cut] };
    const first = Math.min(cut, right.length);
    expectRewritten(
      connection(headersFrames(1, wrong, shape)),
      connection(headersFrames(1, right, { ...shape, cuts: [first] })),
    );
  });

  test("cut into many pieces, empty ones too", () => {
    const pieces = { cuts: [0, 1, 1, 5, 6, 7] };
    expectRewritten(connection(headersFrames(1, wrong, pieces)), connection(headersFrames(1, right, pieces)));
  });
});

describe("a connection that goes on", () => {
  const first = literal("incremental", 1, text(path));
  const body = dataFrame(1, Buffer.from("00000000020a00", "hex"));

  test("later requests that name the table's entry stay as they are", () => {
    const again = headersFrames(3, Buffer.concat([before, indexed(63)]));
    expectRewritten(
      connection(headersFrames(1, block(first)), body, again, dataFrame(3, Buffer.alloc(5))),
      connection(
        headersFrames(1, block(literal("incremental", 1, localhost))),
        body,
        again,
        dataFrame(3, Buffer.alloc(5)),
      ),
    );
  });

  test("streams that take turns, and frames of every other kind, keep their order", () => {
    const others = [
      frame(4, 1, 0, Buffer.alloc(0)),
      frame(8, 0, 0, Buffer.alloc(4, 1)),
      frame(6, 0, 0, Buffer.alloc(8)),
    ];
    const rest = [...others, dataFrame(1, Buffer.alloc(20000, 7), false), frame(250, 3, 1, Buffer.from("x")), body];
    const between = (authority: Buffer) => [
      headersFrames(1, block(authority)),
      ...rest,
      headersFrames(3, block(authority), { cuts: [4] }),
      dataFrame(1, Buffer.alloc(3)),
      dataFrame(3, Buffer.alloc(0)),
    ];
    expectRewritten(connection(...between(first)), connection(...between(literal("incremental", 1, localhost))));
  });

  test("a valid authority settles it: the rest is handed on as it came", () => {
    const rewriter = new AuthorityRewriter();
    const opening = connection(headersFrames(1, block(literal("incremental", 1, text("localhost")))));
    expect(Buffer.concat(rewriter.push(opening))).toEqual(opening);
    expect(rewriter.settled).toBe(true);
    const more = headersFrames(3, block(first));
    expect(rewriter.push(more)[0]).toBe(more);
  });
});

describe("what stays as it is", () => {
  const wrong = literal("incremental", 1, text(path));
  const unchanged: readonly [string, Buffer][] = [
    ["localhost", connection(headersFrames(1, block(literal("incremental", 1, text("localhost")))))],
    ["a host with port", connection(headersFrames(1, block(literal("without", 1, text("[::1]:8080")))))],
    ["an escaped path", connection(headersFrames(1, block(literal("never", 1, text("%2Fvar%2Frun")))))],
    [
      "a valid one in Huffman code",
      connection(headersFrames(1, block(literal("never", 1, text(huffman("a-b.c:1"), true))))),
    ],
    ["an empty one", connection(headersFrames(1, block(literal("never", 1, text("")))))],
    ["a path in another field", connection(headersFrames(1, block(literal("never", 4, text(path)))))],
    [
      "a path in a field of another name",
      connection(headersFrames(1, block(literal("never", text("host"), text(path))))),
    ],
    ["no header block", connection(dataFrame(1, Buffer.from(path)))],
    ["an empty block", connection(headersFrames(1, Buffer.alloc(0)))],
    ["no HTTP/2", Buffer.from(`GET ${path} HTTP/1.1\r\nhost: ${path}\r\n\r\n`)],
    [
      "a wrong end of the preface",
      Buffer.concat([preface.subarray(0, 23), Buffer.from("X"), headersFrames(1, block(wrong))]),
    ],
    ["nothing", Buffer.alloc(0)],
    ["a value cut off", connection(headersFrames(1, block(wrong).subarray(0, 20)))],
    ["a number cut off", connection(headersFrames(1, Buffer.concat([block(wrong), Buffer.from([0xff])])))],
    ["a number without end", connection(headersFrames(1, Buffer.concat([block(wrong), Buffer.alloc(12, 0xff)])))],
    [
      "Huffman code badly filled up",
      connection(headersFrames(1, literal("never", 1, text(Buffer.from([0x60]), true)))),
    ],
    ["padding longer than its frame", connection(frame(1, 0xc, 1, Buffer.concat([Buffer.from([250]), block(wrong)])))],
    ["priority cut off", connection(frame(1, 0x24, 1, Buffer.from([0, 0])))],
    ["a frame too long for Node.js", connection(headersFrames(1, Buffer.concat([wrong, Buffer.alloc(17000, 0x82)])))],
    [
      "another frame amid a block",
      connection(frame(1, 0, 1, wrong), dataFrame(1, Buffer.alloc(3)), headersFrames(3, wrong)),
    ],
    [
      "CONTINUATION of another stream",
      connection(frame(1, 0, 1, wrong), frame(9, 4, 3, after), headersFrames(3, wrong)),
    ],
    ["CONTINUATION of nothing", connection(frame(9, 4, 1, wrong))],
    [
      "a block without end",
      connection(frame(1, 0, 1, wrong), ...Array<Buffer>(9).fill(frame(9, 0, 1, Buffer.alloc(9000)))),
    ],
    ["a frame header cut off", connection(frame(1, 4, 1, wrong).subarray(0, 5))],
    ["a frame cut off", connection(frame(1, 4, 1, wrong).subarray(0, 30))],
  ];
  test.each(unchanged)("%s", (_, input) => {
    expectRewritten(input, input);
  });

  test("large frames that only pass are not copied", () => {
    const rewriter = new AuthorityRewriter();
    rewriter.push(connection());
    const large = dataFrame(1, Buffer.alloc(16000));
    const [out] = rewriter.push(large);
    expect(out?.buffer).toBe(large.buffer);
    expect(out?.length).toBe(large.length);
  });
});

describe("the replacement", () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])("for %d octets is never longer, coded or decoded", (length) => {
    for (const value of [text(`/${"a".repeat(length - 1)}`), text(huffman(`/${"a".repeat(length - 1)}`), true)]) {
      const input = connection(headersFrames(1, literal("incremental", 1, value)));
      const output = rewrite(input);
      expect(output.length).toBeLessThanOrEqual(input.length);
      const shown = length < 9 ? "0".repeat(length) : "localhost";
      expect(output.toString("hex")).toBe(
        connection(headersFrames(1, literal("incremental", 1, text(huffman(shown), true)))).toString("hex"),
      );
    }
  });

  test("also replaces what is not ASCII, and table sizes before it stay", () => {
    const fields = (value: Buffer) => Buffer.concat([integer(4096, 5, 0x20), literal("incremental", 1, value), after]);
    expectRewritten(
      connection(headersFrames(1, fields(text(Buffer.from("höst.example.com"))))),
      connection(headersFrames(1, fields(localhost))),
    );
  });
});
