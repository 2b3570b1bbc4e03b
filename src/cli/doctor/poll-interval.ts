import { MountError } from "../../model/error.ts";
import { parseDuration } from "../../text/codecs/duration.ts";
import { findingsOf, type Finding } from "./finding.ts";

const { ok, warning, skipped } = findingsOf("csidriver");

const subject = "rotation-poll-interval";

/** What kubelet gives one mount, in ms, and the driver's default. */
const kubeletLimit = 120_000;

const why =
  "above 2m a pod whose first mount got no answer, as while the daemon restarts, starts with an empty volume: the driver takes " +
  "the repeated mount for one that is fresh enough";

/**
 * Whether the driver's poll interval is at most what kubelet gives a mount. `flags`: the driver's, or why they cannot be
 * seen.
 */
export function checkPollInterval(flags: ReadonlyMap<string, string> | "forbidden" | MountError | undefined): Finding {
  const hint = "see that the driver's --rotation-poll-interval (its chart's rotationPollInterval) is at most 2m";
  if (flags === "forbidden") return skipped(subject, "the daemon's role may not list the driver's DaemonSets", hint);
  if (flags instanceof MountError) return skipped(subject, flags.message, hint);
  if (flags === undefined) return skipped(subject, "no DaemonSet has the driver's label", hint);
  const text = flags.get(subject);
  if (text === undefined) return ok(subject, "is the driver's default of 2m");
  const interval = parseDuration(text);
  if (interval === undefined)
    return skipped(subject, `${JSON.stringify(text)} is no duration that is known here`, hint);
  if (interval <= kubeletLimit) return ok(subject, `is ${text}`);
  return warning(subject, `is ${text}; ${why}`, "set rotationPollInterval of the driver's chart to 2m or less");
}
