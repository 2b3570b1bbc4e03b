import { readFileSync } from "node:fs";

/** The running cluster, as the tests find it. */
export interface ClusterState {
  /** Everything of this run lies below it, on disk. */
  readonly folder: string;
  /** `https://127.0.0.1:PORT` */
  readonly server: string;
  /** PEM file of the authority that the server's certificate comes from. */
  readonly authority: string;
  /** Bearer token of a user who may do everything. */
  readonly admin: string;
  /** File with what the API server was asked, one JSON object a line. */
  readonly auditLog: string;
  readonly node: string;
  /** Kubelet's folder of pods. */
  readonly pods: string;
  /** Where kubelet expects the driver. */
  readonly csiSocket: string;
  /** Logs and process ids of the containers that are run. */
  readonly containers: string;
  readonly programs: {
    readonly kubectl: string;
    readonly helm: string;
    /** Folder with the program and its `deploy/`, by the driver's minor version. */
    readonly drivers: Readonly<Record<DriverVersion, string>>;
  };
}

/** Drivers that are built. */
export type DriverVersion = "1.6" | "1.5" | "1.4";

/** The variable that names the file with the state. */
export const stateVariable = "KEYFERRY_CLUSTER";

/** The cluster that this test run was started in. Throws if there is none. */
export function readState(): ClusterState {
  const file = process.env[stateVariable];
  if (file === undefined) throw new Error("there is no cluster: start these tests with npm run test:cluster");
  return JSON.parse(readFileSync(file, "utf8")) as ClusterState;
}
