import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { encodedSize } from "../../src/driver/rules.ts";
import { findPathConflicts } from "../../src/model/path-conflicts.ts";
import { buildMountRequest, type Caller, type PodVolume } from "../../src/driver/request.ts";
import { parseObjectPath, pathProblem, type FileMode, type ObjectPath } from "../../src/model/file.ts";
import { Secret } from "../../src/model/secret.ts";
import { admit } from "../../src/mount/admit.ts";
import { MountRequest, MountResponse } from "../../src/wire/provider.ts";

const element = fc.constantFrom("a", "b", "aa", "..a", ".", "..", "", "__proto__");
const path = fc.array(element, { maxLength: 4 }).map((elements) => elements.join("/"));

describe("paths", () => {
  test("conflicts are found exactly where a comparison of all pairs finds some", () => {
    fc.assert(
      fc.property(fc.array(path, { maxLength: 12 }), (paths) => {
        const pairs = paths.flatMap((b, second) =>
          paths.slice(0, second).flatMap((a, first) => {
            if (a === b) return [{ first, second, kind: "same" }];
            return a.startsWith(`${b}/`) || b.startsWith(`${a}/`) ? [{ first, second, kind: "prefix" }] : [];
          }),
        );
        const found = findPathConflicts(paths);
        expect(pairs).toEqual(expect.arrayContaining([...found]));
        const involved = (list: readonly { first: number; second: number }[]): ReadonlySet<string | undefined> =>
          new Set(list.flatMap(({ first, second }) => [paths[first], paths[second]]));
        expect(involved(found)).toEqual(involved(pairs));
        expect(new Set(found.map(({ first, second }) => `${first} ${second}`)).size).toBe(found.length);
      }),
    );
  });

  test("a path is taken if and only if it stays inside the volume in clean form", () => {
    fc.assert(
      fc.property(fc.oneof(path, fc.string({ unit: "binary" })), (text) => {
        const elements = text.split("/");
        const clean = elements.every((one) => one !== "" && one !== "." && one !== "..");
        const short = elements.every((one) => Buffer.byteLength(one) <= 255);
        const fine = clean && short && !text.startsWith("..") && !text.includes("\0");
        expect(pathProblem(text) === undefined).toBe(fine);
        expect(parseObjectPath(text)).toBe(fine ? text : undefined);
      }),
    );
  });
});

describe("encodedSize", () => {
  const version = fc.record({
    id: fc.string({ unit: "binary" }),
    version: fc.string({ unit: "binary", maxLength: 200 }),
  });
  const file = fc.record({
    path: fc.string({ unit: "binary", maxLength: 300 }).map((text) => text as ObjectPath),
    mode: fc.integer({ min: 0, max: 0o777 }).map((bits) => bits as FileMode),
    contents: fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc.nat(40_000).map((size) => new Uint8Array(size)),
    ),
  });

  test("is the length of the encoding", () => {
    fc.assert(
      fc.property(fc.array(version), fc.array(file), (versions, files) => {
        const encoded = MountResponse.encode({
          objectVersion: versions,
          error: undefined,
          files: files.map(({ contents, ...rest }) => ({ ...rest, contents: Buffer.from(contents) })),
        });
        const answer = {
          versions,
          files: files.map(({ contents, ...rest }) => ({ ...rest, content: new Secret(contents) })),
        };
        expect(encodedSize(answer)).toBe(encoded.length);
      }),
    );
  });
});

describe("buildMountRequest", () => {
  const text = fc.string({ unit: "grapheme" });
  const name = fc.string({ unit: "grapheme", minLength: 1 }).filter((key) => key !== "secretProviderClass");
  const texts = fc.array(fc.tuple(fc.oneof(name, fc.constant("__proto__")), text)).map((entries) => new Map(entries));
  const uid = fc.uuid();
  const plain = fc.record({ name: text, namespace: name, uid, serviceAccount: text });
  const caller = fc.constantFrom<Caller>("1.3", "1.5", "1.6", "sync-controller");

  test("is read back by a provider as what went in, from every caller", () => {
    fc.assert(
      fc.property(plain, texts, texts, texts, caller, fc.boolean(), (pod, parameters, tokens, secrets, by, again) => {
        const volume: PodVolume = {
          pod,
          spc: { name: "spc", parameters },
          tokens: new Map(
            [...tokens].map(([audience, token]) => [
              audience,
              { token: Secret.fromText(`t${token}`), expirationTimestamp: "2026-05-01T10:00:00Z" },
            ]),
          ),
          secrets: new Map([...secrets].map(([key, value]) => [key, Secret.fromText(value)])),
          tokensInSecrets: again,
        };
        const sent = MountRequest.encode(
          buildMountRequest(volume, by, again ? [{ id: "x", version: "1" }] : undefined),
        );
        const admitted = admit(MountRequest.decode(sent));
        // The controller names a pod, its own, that has no volume.
        expect(admitted.pod).toEqual(by === "sync-controller" ? { ...pod, uid: "" } : pod);
        expect(admitted.parameters).toEqual(new Map([...parameters].filter(([key]) => key !== "providerName")));
        expect(new Map([...admitted.tokens].map(([key, { token }]) => [key, token.revealText()]))).toEqual(
          new Map([...tokens].map(([key, token]) => [key, `t${token}`])),
        );
        expect(new Map([...admitted.secrets].map(([key, value]) => [key, value.revealText()]))).toEqual(secrets);
      }),
    );
  });
});
