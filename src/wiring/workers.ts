import { workerFor, type Worker } from "../compute/worker.ts";
import { templateJob } from "../dialects/keyferry/templates/job.ts";
import { keyKinds } from "../keys/kinds.ts";
import { plugins } from "../stores/index.ts";
import { openPfxJob } from "../text/certificates/open-pfx.ts";
import { matchJob } from "../text/match.ts";
import { rewriteJob } from "../text/rewrite.ts";
import { readTreeJob } from "../text/read-tree.ts";

/** All the heavy work that there is; each piece of it is loaded when it is first asked for. */
export const workers: readonly Worker[] = [
  workerFor(readTreeJob, async () => (await import("../text/read-tree.ts")).readPacked),
  workerFor(rewriteJob, async () => {
    const { rewriteAll } = await import("../text/rewrite.ts");
    return (input) => Promise.resolve(rewriteAll(input));
  }),
  workerFor(matchJob, async () => (await import("../text/match.ts")).matchAll),
  workerFor(openPfxJob, async () => {
    const [{ openPfx }, { maxRounds, Rounds }] = await Promise.all([
      import("../text/certificates/pkcs12.ts"),
      import("../text/certificates/rounds.ts"),
    ]);
    // Nobody waits beside it: the process is ended as a whole.
    return (bytes) => openPfx(Buffer.from(bytes), new Rounds(maxRounds), new AbortController().signal);
  }),
  workerFor(templateJob, async () => (await import("../dialects/keyferry/templates/templates.ts")).renderApart),
  ...[...plugins, ...keyKinds].flatMap(({ work }) => work),
];
