import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../real/free-port.ts";
import { eventuallyTrue } from "./eventually.ts";
import { start, type Started } from "./process.ts";

export interface ControlPlane {
  /** `https://127.0.0.1:PORT` */
  readonly server: string;
  /** File of the server's authority. */
  readonly authority: string;
  readonly auditLog: string;
  /** The user who may do everything. */
  readonly admin: string;
  /** The node's own user. */
  readonly nodeToken: string;
}

/** Name of the one node. */
export const nodeName = "node-1";

const auditPolicy = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  rules: [
    // Only what service accounts ask, and that without contents.
    { level: "Metadata", userGroups: ["system:serviceaccounts"] },
    { level: "None" },
  ],
};

/** Starts etcd and the API server; resolves once the server is ready. */
export async function startControlPlane(folder: string, programs: string): Promise<ControlPlane> {
  const [client, peer, secure] = await Promise.all([freePort(), freePort(), freePort()]);
  const [etcdUrl, peerUrl] = [`http://127.0.0.1:${client}`, `http://127.0.0.1:${peer}`];
  const etcd = start({
    program: join(programs, "etcd"),
    arguments: [
      ...["--data-dir", join(folder, "etcd"), "--unsafe-no-fsync", "--log-level", "warn"],
      ...["--listen-client-urls", etcdUrl, "--advertise-client-urls", etcdUrl],
      ...["--listen-peer-urls", peerUrl, "--initial-advertise-peer-urls", peerUrl],
      ...["--initial-cluster", `default=${peerUrl}`],
    ],
    folder: join(folder, "etcd"),
    log: join(folder, "logs", "etcd.log"),
  });
  const [admin, nodeToken] = ["admin-of-the-test-cluster", "node-of-the-test-cluster"];
  const files = join(folder, "api-server");
  mkdirSync(files, { recursive: true });
  writeFileSync(join(files, "audit.json"), JSON.stringify(auditPolicy));
  writeFileSync(
    join(files, "tokens.csv"),
    `${admin},admin,admin,system:masters\n${nodeToken},system:node:${nodeName},${nodeName},system:nodes\n`,
  );
  const auditLog = join(folder, "logs", "audit.jsonl");
  const server = start({
    program: join(programs, "apiserver"),
    arguments: apiServerFlags({ etcdUrl, secure, files, auditLog }),
    folder: files,
    log: join(folder, "logs", "api-server.log"),
  });
  const authority = join(files, "certs", "apiserver.crt");
  const address = `https://127.0.0.1:${secure}`;
  await eventuallyTrue("the API server becomes ready", () => isReady(address, [etcd, server]), 120_000);
  return { server: address, authority, auditLog, admin, nodeToken };
}

function apiServerFlags(given: {
  readonly etcdUrl: string;
  readonly secure: number;
  readonly files: string;
  readonly auditLog: string;
}): readonly string[] {
  const key = join(given.files, "certs", "apiserver.key");
  return [
    `--etcd-servers=${given.etcdUrl}`,
    "--bind-address=127.0.0.1",
    "--advertise-address=127.0.0.1",
    `--secure-port=${given.secure}`,
    `--cert-dir=${join(given.files, "certs")}`,
    "--endpoint-reconciler-type=none",
    "--service-cluster-ip-range=10.96.0.0/16",
    "--service-account-issuer=https://cluster.test",
    `--service-account-signing-key-file=${key}`,
    `--service-account-key-file=${key}`,
    "--authorization-mode=Node,RBAC",
    "--enable-admission-plugins=NodeRestriction",
    `--token-auth-file=${join(given.files, "tokens.csv")}`,
    "--allow-privileged=true",
    `--audit-policy-file=${join(given.files, "audit.json")}`,
    `--audit-log-path=${given.auditLog}`,
    "--audit-log-mode=blocking",
    "--profiling=false",
  ];
}

/** Asked without a user: these paths are open to everyone. */
async function isReady(address: string, processes: readonly Started[]): Promise<boolean> {
  const dead = processes.find((one) => one.ended() !== undefined);
  if (dead !== undefined) throw new Error(`it ended: ${dead.output().slice(-2000)}`);
  const { get } = await import("node:https");
  return new Promise((resolve) => {
    // Its certificate is not known before it has started.
    get(`${address}/readyz`, { rejectUnauthorized: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    }).once("error", () => resolve(false));
  });
}
