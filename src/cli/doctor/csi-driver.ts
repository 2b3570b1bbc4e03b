import type { CsiDriver } from "../../kube/csi-driver.ts";
import { findingsOf, type Finding } from "./finding.ts";

const { ok, problem } = findingsOf("csidriver");

/** The driver's object. */
export const driverName = "secrets-store.csi.k8s.io";

/** What the object must say besides audiences. */
export function checkCsiDriver(driver: CsiDriver): readonly Finding[] {
  const subject = `CSIDriver ${driverName}`;
  const rotation = driver.requiresRepublish
    ? "is true: kubelet repeats mounts, so that new versions reach running pods"
    : "is false: files stay as they were mounted, unless an older driver rotates by itself";
  return [
    ok(subject, "is there"),
    driver.podInfoOnMount
      ? ok("podInfoOnMount", "is true")
      : problem(
          "podInfoOnMount",
          "is not true: the daemon is not told which pod asks, and refuses every Mount",
          `set spec.podInfoOnMount: true on ${subject}, as the driver's chart does; before Kubernetes 1.29, make the object anew`,
        ),
    ...(driver.ephemeral
      ? []
      : [
          problem(
            "volumeLifecycleModes",
            "lacks Ephemeral: pods cannot name a SecretProviderClass",
            `add it on ${subject}, as the driver's chart does`,
          ),
        ]),
    ok("requiresRepublish", rotation),
  ];
}
