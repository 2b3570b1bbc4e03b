import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { crc32c } from "../../../../src/stores/gcp/crc32c.ts";
import { slowCrc32c } from "../../../fakes/crc32c.ts";

// The iSCSI examples of RFC 3720, appendix B.4.
test.each([
  ["nothing", Buffer.alloc(0), 0],
  ["the check text", Buffer.from("123456789"), 0xe3069283],
  ["zeros", Buffer.alloc(32), 0x8a9136aa],
  ["ones", Buffer.alloc(32, 0xff), 0x62a8ab43],
])("the checksum of %s", (_, bytes, checksum) => {
  expect(crc32c(bytes)).toBe(checksum);
});

test("equals the bitwise definition for any bytes", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => crc32c(bytes) === slowCrc32c(bytes)));
});
