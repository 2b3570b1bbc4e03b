import type { MountError } from "../model/error.ts";
import type { Notice } from "../model/notice.ts";
import type { Clock } from "../model/clock.ts";
import type { Admitted } from "./admit.ts";
import { volumeName } from "./fetch.ts";

/** Volumes of one SecretProviderClass on this node, by how their last Mount ended. */
export interface ClassVolumes {
  /** Both empty for those that exceed the number of classes told apart. */
  readonly namespace: string;
  readonly secretProviderClass: string;
  readonly current: number;
  readonly failing: number;
}

interface Seen {
  readonly namespace: string;
  /** As the first Mount said; drivers before 1.6 leave it out at rotation. */
  readonly secretProviderClass: string;
  readonly lastSeen: number;
  readonly wasMounted: boolean;
  readonly failingSince: number | undefined;
  readonly told: boolean;
}

/** Milliseconds without a Mount after which a volume counts no more: several of kubelet's rounds. */
const countFor = 10 * 60_000;

/** Milliseconds for which it is remembered that a volume was mounted: longer than any sensible rotation interval. */
const rememberFor = 24 * 60 * 60_000;

/** Kubelet tells of a Mount that fails at first itself; after so many milliseconds it may as well be a rotation. */
const firstMountGrace = 5 * 60_000;

/** Bounds of what is kept, and of the classes that metrics tell apart. */
const most = { volumes: 20_000, classes: 500 };

/**
 * How the Mounts of each volume end. Drivers from 1.6 on keep a failed rotation to themselves, so somebody else must
 * tell the pod's owner. What becomes known goes to `tell`.
 */
export class VolumeWatch {
  /** The longest unseen first. */
  readonly #volumes = new Map<string, Seen>();
  readonly #outside: Clock;
  readonly #tell: (notice: Notice) => void;

  constructor(outside: Clock, tell: (notice: Notice) => void) {
    this.#outside = outside;
    this.#tell = tell;
  }

  /** A Mount ended: well, or with an error. Callers that are no driver have no volume, and are not watched. */
  ended(admitted: Admitted, error: MountError | undefined): void {
    const name = volumeName(admitted);
    // Nothing is known of a Mount that its caller gave up.
    if (name === "" || error?.reason === "cancelled") return;
    const now = this.#outside.monotonic();
    const before = this.#volumes.get(name);
    const failingSince = error === undefined ? undefined : (before?.failingSince ?? now);
    const wasMounted = error === undefined || before?.wasMounted === true;
    const isNews = failingSince !== undefined && (wasMounted || now - failingSince >= firstMountGrace);
    const seen = {
      namespace: admitted.pod.namespace,
      secretProviderClass: admitted.secretProviderClass || (before?.secretProviderClass ?? ""),
      lastSeen: now,
      wasMounted,
      failingSince,
      told: failingSince !== undefined && (isNews || before?.told === true),
    };
    this.#volumes.delete(name);
    this.#volumes.set(name, seen);
    const { pod } = admitted;
    const { secretProviderClass } = seen;
    if (error !== undefined && isNews) {
      this.#tell({ kind: wasMounted ? "rotation-failed" : "mount-failed", pod, secretProviderClass, text: error.text });
    } else if (error === undefined && before?.told === true) {
      this.#tell({ kind: "recovered", pod, secretProviderClass, text: "" });
    }
  }

  /** Forgets the volumes that are gone. */
  sweep(): void {
    const now = this.#outside.monotonic();
    for (const [name, { lastSeen }] of this.#volumes) {
      if (now - lastSeen <= rememberFor && this.#volumes.size <= most.volumes) return;
      this.#volumes.delete(name);
    }
  }

  /** The volumes with a Mount in the last ten minutes, by class. */
  classes(): readonly ClassVolumes[] {
    const oldest = this.#outside.monotonic() - countFor;
    const counts = new Map<string, { -readonly [Key in keyof ClassVolumes]: ClassVolumes[Key] }>();
    for (const { namespace, secretProviderClass, lastSeen, failingSince } of this.#volumes.values()) {
      if (lastSeen < oldest) continue;
      const own = `${namespace}/${secretProviderClass}`;
      const isOwn = counts.has(own) || counts.size < most.classes;
      const name = isOwn ? own : "";
      const empty = { namespace: "", secretProviderClass: "", current: 0, failing: 0 };
      const count = counts.get(name) ?? (isOwn ? { ...empty, namespace, secretProviderClass } : empty);
      counts.set(name, count);
      count[failingSince === undefined ? "current" : "failing"] += 1;
    }
    return [...counts.values()];
  }
}
