import type { Dialect, PodAnnotation } from "../model/dialect.ts";
import { MountError } from "../model/error.ts";
import type { Pod } from "../model/pod.ts";
import type { Admitted } from "./admit.ts";

/** An annotation of a pod, empty where it has none. Rejects with MountError. */
export type ReadAnnotation = (pod: Pod, name: string, signal: AbortSignal) => Promise<string>;

/** What it is read with. */
export interface AnnotationDeps {
  readonly dialect: Dialect;
  readonly readAnnotation: ReadAnnotation;
}

/**
 * What the pod's annotation says, where the dialect's manifests have a part there. That it cannot be read is the dialect's
 * to judge, but for an outage, which may be over when kubelet asks again.
 */
export async function annotationFor(
  { parameters, pod }: Admitted,
  { dialect, readAnnotation }: AnnotationDeps,
  signal: AbortSignal,
): Promise<PodAnnotation | undefined> {
  const name = dialect.podAnnotation?.(parameters);
  if (name === undefined) return undefined;
  try {
    return { kind: "text", text: await readAnnotation(pod, name, signal) };
  } catch (thrown) {
    signal.throwIfAborted();
    const error = MountError.from(thrown);
    if (error.transient) throw error;
    return { kind: "unreadable", error };
  }
}
