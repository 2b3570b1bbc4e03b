import { BoundedMap } from "../../model/bounded-map.ts";
import { MountError } from "../../model/error.ts";
import type { Pod } from "../../model/pod.ts";

/** Refuses documents older than one that was opened before in the same place. */
export interface NewestSeen {
  /**
   * Notes a document's authenticated time, RFC 3339. Throws MountError `document_rejected` when a newer document of
   * the same namespace, service account and parameter name was noted before.
   */
  check(pod: Pod, objectName: string, sealedAt: string): void;
}

/** Most places remembered; above that the ones looked at longest ago are forgotten. */
const mostPlaces = 20_000;

/** Remembers as long as the process lives. */
export function createNewestSeen(): NewestSeen {
  const newest = new BoundedMap<string, number>(mostPlaces);
  return {
    check({ namespace, serviceAccount }, objectName, sealedAt) {
      const place = JSON.stringify([namespace, serviceAccount, objectName]);
      const time = Date.parse(sealedAt);
      const before = newest.get(place) ?? -Infinity;
      newest.set(place, Math.max(before, time));
      if (time >= before) return;
      throw new MountError(
        "document_rejected",
        `the document is of ${sealedAt}, older than one of ${new Date(before).toISOString().replace(".000", "")} that ` +
          "was mounted before; to go back to old values encrypt them anew",
      );
    },
  };
}
