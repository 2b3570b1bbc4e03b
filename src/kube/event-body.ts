import type { Notice } from "../model/notice.ts";

/** Reasons of Events, as `kubectl describe pod` shows them. */
export const eventReasons = {
  "rotation-failed": "SecretRotationFailed",
  "mount-failed": "SecretMountFailed",
  recovered: "SecretRotationRecovered",
} as const satisfies Readonly<Record<Notice["kind"], string>>;

/** Longest message, in characters, as Kubernetes bounds the note of an Event. */
const longest = 1024;

const component = "keyferry";

/** Parts of an Event of the core API that are used further on. */
export interface EventBody {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly message: string;
}

/** An Event of the pod (Kubernetes API reference, Event v1 core). `now` in milliseconds since 1970, `random` below 1. */
export function eventBody(notice: Notice, node: string, now: number, random: number): EventBody {
  const { pod, kind } = notice;
  const time = new Date(now).toISOString();
  const suffix = `${Math.floor(now).toString(16)}${Math.floor(random * 2 ** 32).toString(16)}`;
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: `${pod.name.slice(0, 220)}.${suffix}`, namespace: pod.namespace },
    involvedObject: { apiVersion: "v1", kind: "Pod", namespace: pod.namespace, name: pod.name, uid: pod.uid },
    type: kind === "recovered" ? "Normal" : "Warning",
    reason: eventReasons[kind],
    message: messageOf(notice),
    source: { component, ...(node === "" ? {} : { host: node }) },
    reportingComponent: component,
    reportingInstance: node,
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  } as EventBody;
}

/** What changes when the same is told again. */
export function repeatedBody(count: number, now: number): object {
  return { count, lastTimestamp: new Date(now).toISOString() };
}

function messageOf({ kind, secretProviderClass, text }: Notice): string {
  const whose =
    secretProviderClass === "" ? "its secrets" : `the secrets of SecretProviderClass ${secretProviderClass}`;
  if (kind === "recovered") return `${whose} are up to date again`;
  const what =
    kind === "rotation-failed" ? "could not be refreshed, and the pod keeps the old ones" : "cannot be mounted";
  const message = `${whose} ${what}: ${text}`;
  return message.length <= longest ? message : `${message.slice(0, longest - 1)}…`;
}
