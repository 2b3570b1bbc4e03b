import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { hostOf } from "../../../../src/stores/gcp/client.ts";
import { parseResourceName } from "../../../../src/stores/gcp/resource-name.ts";
import { readVector } from "../../../vectors/vectors.ts";

interface Row {
  readonly name: string;
  readonly kind: "secret" | "parameter" | "unknown";
  readonly location?: string;
  readonly error?: string;
}

/** Text before `projects/` passes the official pattern, and Google then refuses it; here it is refused at once. */
const refusedHere = (name: string) => !name.startsWith("projects/");

const rows = JSON.parse(readVector("gcp/resource-names.json")) as readonly Row[];

function expected(row: Row): string {
  if (row.kind === "unknown" || refusedHere(row.name)) return "unknown resource type";
  if (row.error !== undefined) return `Invalid location: ${row.location ?? ""}, location length exceeds limit`;
  const location = row.kind === "parameter" && row.location === "global" ? "" : row.location;
  return `${row.kind} ${location ?? ""}`;
}

function read(name: string): string {
  const parsed = parseResourceName(name);
  return parsed.kind === "refused" ? parsed.problem : `${parsed.resource.kind} ${parsed.resource.location}`;
}

describe("names", () => {
  test.each(rows)("recorded: $name", (row) => {
    expect(read(row.name)).toBe(expected(row));
  });

  test.each([
    "projects/p/locations/evil.example.com%2f/secrets/s/versions/1",
    "projects/p/locations/a.b/secrets/s/versions/1",
    "projects/p/locations/a@b/secrets/s/versions/1",
    "projects/p/locations/a#/secrets/s/versions/1",
    "projects/p/locations/a?b/secrets/s/versions/1",
    "projects/p/locations/a:443/secrets/s/versions/1",
    "projects/p/locations/US-central1/secrets/s/versions/1",
    "projects/p/locations/a\n/parameters/s/versions/1",
    "projects/p/locations/../secrets/s/versions/1",
  ])("a location that would change the host is refused: %j", (name) => {
    expect(read(name)).toMatch(/^Invalid location/);
  });

  test.each([
    "projects/../secrets/s/versions/1",
    "projects/p/secrets/./versions/1",
    "projects/p/secrets/\ud800/versions/1",
  ])("a part that a URL would swallow is refused: %j", (name) => {
    expect(read(name)).toMatch(/cannot be sent/);
  });

  test("whatever is written, the host is one of Google's", () => {
    const part = fc.oneof(fc.string(), fc.constantFrom("us-central1", "global", ".", "..", "%2e", "@", "\\"));
    const word = fc.constantFrom("secrets", "parameters");
    fc.assert(
      fc.property(part, word, part, part, (location, type, id, version) => {
        const parsed = parseResourceName(`projects/p/locations/${location}/${type}/${id}/versions/${version}`);
        if (parsed.kind === "refused") return true;
        const { hostname } = new URL(`https://${hostOf(parsed.resource.kind, parsed.resource.location)}`);
        return /^(?:secret|parameter)manager\.(?:[a-z0-9-]{1,30}\.rep\.)?googleapis\.com$/.test(hostname);
      }),
    );
  });
});
