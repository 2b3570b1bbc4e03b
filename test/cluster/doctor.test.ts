import { rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { startVault, type FakeVault } from "../fakes/vault.ts";
import type { DaemonPod, Release } from "./harness/daemon.ts";
import { eventuallyTrue } from "./harness/eventually.ts";
import { providersFolder } from "./harness/scripted-provider.ts";
import { openDaemon, openStage, type Stage } from "./harness/suite.ts";

let stage: Stage;
let vault: FakeVault;
let release: Release;
let daemon: DaemonPod;

const csiDriver = "/apis/storage.k8s.io/v1/csidrivers/secrets-store.csi.k8s.io";
const well = { podInfoOnMount: true, requiresRepublish: true, tokenRequests: [{ audience: "vault" }] };

const changeDriver = (spec: Readonly<Record<string, unknown>>) =>
  stage.api.do("PATCH", csiDriver, { spec }, "application/merge-patch+json");

beforeAll(async () => {
  vault = await startVault();
  stage = await openStage("doctor", { version: "1.6", rotation: "2m", audiences: ["vault"] });
  stage.after(vault.close);
  stage.after(async () => {
    await changeDriver(well);
  });
  ({ release, daemon } = await openDaemon(stage, {
    rbac: { doctor: true, pods: true, hmacKey: true },
    config: { stores: [{ name: "team", kind: "vault", address: vault.url, role: "shop", namespaces: ["doctor"] }] },
  }));
});

afterAll(() => stage.end());

beforeEach(() => changeDriver(well));

interface Finding {
  readonly status: string;
  readonly line: string;
}

/** What the doctor in the daemon's own pod finds, and the lines of what is not well. */
function examine(): { readonly status: number | null; readonly unwell: readonly Finding[] } {
  const { status, said } = daemon.exec(["doctor"]);
  const lines = said.split("\n").filter((line) => /^(PROBLEM|WARNING) /.test(line));
  return { status, unwell: lines.map((line) => ({ status: line.split(" ", 1)[0] ?? "", line })) };
}

describe("keyferry doctor in the daemon's pod", () => {
  test("finds nothing in a true installation", () => {
    expect(examine()).toEqual({ status: 0, unwell: [] });
  });

  test.each([
    { what: "an audience that is not requested", spec: { tokenRequests: [] }, line: /tokenRequests: lacks "vault"/ },
    { what: "pods that are not named", spec: { podInfoOnMount: false }, line: /podInfoOnMount/ },
  ])("finds $what in the CSIDriver", async ({ spec, line }) => {
    await changeDriver(spec);
    const { status, unwell } = examine();
    expect(status).toBe(1);
    expect(unwell).toEqual([{ status: "PROBLEM", line: expect.stringMatching(line) }]);
  });

  test("finds rights that the features in use lack", async () => {
    const taken = release.manifests.filter(({ kind }) => /^(Cluster)?RoleBinding$/.test(String(kind)));
    for (const { kind, metadata } of taken as unknown as readonly { kind: string; metadata: { name: string } }[]) {
      const folder = kind === "RoleBinding" ? "namespaces/keyferry/rolebindings" : "clusterrolebindings";
      await stage.api.do("DELETE", `/apis/rbac.authorization.k8s.io/v1/${folder}/${metadata.name}`);
    }
    const found = examine().unwell.map(({ line }) => line.replace(/^\S+ +/, ""));
    for (const manifest of taken) await stage.api.apply(manifest);
    for (const right of ["get pods", "create events", "patch events", "get secrets vault-csi-provider-hmac-key"]) {
      expect(found).toContainEqual(expect.stringContaining(right));
    }
  });

  test("finds a store that nobody answers for", async () => {
    await vault.close();
    const { unwell } = examine();
    vault = await startVault();
    stage.after(vault.close);
    expect(unwell).toContainEqual(expect.objectContaining({ line: expect.stringMatching(/endpoints .*store "team"/) }));
  });

  test("finds a socket that is lost, and one that another has taken", async () => {
    const socket = join(providersFolder, "keyferry.sock");
    rmSync(socket);
    const other = createServer((connection) => connection.destroy()).listen(socket);
    await eventuallyTrue("the other listens", () => other.listening);
    const { status, unwell } = examine();
    await new Promise((resolve) => other.close(resolve));
    expect(status).toBe(1);
    expect(unwell).toContainEqual(
      expect.objectContaining({ status: "PROBLEM", line: expect.stringMatching(/sockets .*keyferry\.sock/) }),
    );
  });
});
