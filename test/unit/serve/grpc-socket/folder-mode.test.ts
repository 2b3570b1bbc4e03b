import { chmodSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { openFolder } from "../../../../src/serve/grpc-socket/folder-mode.ts";

describe("openFolder", () => {
  test.each([
    [0o755, undefined],
    [0o1775, undefined],
    [0o1777, /put sockets of other names in it/],
    [0o777, /replace the sockets in it/],
  ])("mode %o", async (mode, problem) => {
    const folder = mkdtempSync(join(tmpdir(), "kf-"));
    chmodSync(folder, mode);
    const found = await openFolder(folder);
    expect(found?.problem ?? "").toMatch(problem ?? /^$/);
    expect(found?.fix ?? `chmod o-w ${folder}`).toContain(`chmod o-w ${folder}`);
  });

  test("says nothing of a folder that is not there", async () => {
    expect(await openFolder("/nowhere/at/all")).toBeUndefined();
  });
});
