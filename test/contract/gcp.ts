import { Secret } from "../../src/model/secret.ts";
import { connectedStores } from "../fakes/connected.ts";
import { startGcp, type GcpFault } from "../fakes/gcp.ts";
import { VirtualClock } from "../fakes/virtual-clock.ts";
import type { Faults, Subject } from "./store.ts";

/** The gcp store on fakes of Google's servers. */
export async function startGcpSubject(): Promise<Subject & { readonly faults: Faults }> {
  const gcp = await startGcp();
  const outside = new VirtualClock();
  gcp.now = () => outside.now();
  const settings: Readonly<Record<string, string>> = {
    "gcp-secret-manager-endpoint": gcp.url,
    "gcp-parameter-manager-endpoint": gcp.url,
    "gcp-token-endpoint": `${gcp.url}/v1/token`,
    "gcp-iam-credentials-endpoint": gcp.url,
    "gcp-metadata-host": gcp.url.replace("http://", ""),
  };
  const gcpStore = connectedStores(settings, { deps: { clock: outside } }).connectedOf("gcp");
  const params = "project: my-project";
  const set = (fault: GcpFault) => {
    for (const part of ["store", "sts"] as const) gcp.faults.set(part, fault);
  };
  const pool = "//iam.googleapis.com/projects/7/locations/global/workloadIdentityPools/p/providers/x";
  return {
    ...gcpStore,
    params,
    otherParams: [
      { field: "project", params: "project: other" },
      { field: "location", params: `${params}, location: europe-west1` },
      { field: "auth", params: `${params}, auth: provider` },
      { field: "workloadIdentityProvider", params: `${params}, workloadIdentityProvider: ${pool}` },
      { field: "serviceAccount", params: `${params}, serviceAccount: a@b.iam.gserviceaccount.com` },
    ],
    tokens: new Map([
      ["my-project.svc.id.goog", { token: Secret.fromText("pod-token-hunter5"), expiresAt: undefined }],
    ]),
    present: [
      { object: "objectName: test", bytes: Buffer.from("My Secret") },
      { object: 'objectName: bin, objectVersion: "1"', bytes: Buffer.from([0x00, 0xff, 0xfe]) },
    ],
    absent: "objectName: notfound",
    refused: { object: "objectName: denied", reason: "access_denied" },
    secrets: ["My Secret", "pod-token-hunter5", "token-canary"],
    faults: {
      hang: () => {
        set({ kind: "hang" });
      },
      status: (status, retryAfter) => {
        set({ kind: "status", status, ...(retryAfter === undefined ? {} : { retryAfter }) });
      },
      garbage: () => {
        set({ kind: "garbage" });
      },
      huge: () => {
        set({ kind: "huge" });
      },
      cut: () => {
        set({ kind: "cut" });
      },
      clear: () => {
        gcp.faults.clear();
      },
      underWay: () => gcp.underWay(),
    },
    close: () => gcp.close(),
  };
}
