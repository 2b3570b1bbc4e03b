import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { checkFolders } from "../../../../src/cli/doctor/folders.ts";

let root = "";
let own = "";

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "kf-"));
  own = join(root, "run");
  await mkdir(own);
});

afterEach(() => rm(root, { recursive: true, force: true }));

async function check(settings: Partial<Parameters<typeof checkFolders>[0]> = {}) {
  const findings = await checkFolders({ driverDirs: [own], ownDirs: [own], inPod: false, who: "0:0", ...settings });
  return findings.map(({ status, subject, found, problem }) => [status, subject, problem ?? found]);
}

describe("folders", () => {
  test("of the daemon are there and take sockets", async () => {
    expect(await check()).toEqual([["ok", own, "user and group 0:0 may open sockets in it"]]);
  });

  test("of the driver only need not be there on a node", async () => {
    const other = join(root, "etc");
    expect(await check({ driverDirs: [other, own] })).toEqual([
      ["ok", other, expect.stringMatching(/passes it over/)],
      ["ok", own, expect.anything()],
    ]);
  });

  test("of the driver only cannot be judged in a pod that does not mount them", async () => {
    const other = join(root, "etc");
    const [first] = await check({ driverDirs: [other, own], inPod: true });
    expect(first).toEqual(["skipped", other, expect.stringMatching(/not mounted in this pod/)]);
  });

  test.each([
    { is: "on a node", inPod: false, problem: /is not there/ },
    { is: "in a pod", inPod: true, problem: /is not mounted/ },
  ])("of the daemon must be there $is", async ({ inPod, problem }) => {
    await rm(own, { recursive: true });
    expect(await check({ inPod })).toEqual([["problem", own, expect.stringMatching(problem)]]);
  });

  test("of the daemon that are the container's own are warned of", async () => {
    const [finding] = await check({ driverDirs: ["/"], ownDirs: ["/"], inPod: true });
    expect(finding).toEqual(["warning", "/", expect.stringMatching(/container's own/)]);
  });

  test("that everybody may write are warned of", async () => {
    await chmod(own, 0o777);
    expect(await check()).toEqual([["warning", own, expect.stringMatching(/every user/)]]);
  });

  test("that the driver does not look into are warned of", async () => {
    const other = join(root, "etc");
    await mkdir(other);
    expect(await check({ driverDirs: [other] })).toEqual([
      ["ok", other, expect.anything()],
      ["warning", own, expect.stringMatching(/does not look there/)],
    ]);
  });

  test("are no files", async () => {
    const file = join(root, "file");
    await writeFile(file, "");
    expect(await check({ driverDirs: [file], ownDirs: [file] })).toEqual([["problem", file, "is no folder"]]);
  });
});
