import type { ByteAccount } from "../fetch/bytes.ts";
import type { FetchLayer } from "../fetch/fetch-layer.ts";
import { startDeadline } from "../fetch/deadline.ts";
import { Issues } from "../text/issues.ts";
import { MountError } from "../model/error.ts";
import type { SharedThread } from "../compute/shared-thread.ts";
import type { Compute } from "../model/compute.ts";
import type { Clock } from "../model/clock.ts";
import type { MountPlan, Read, RenderContext } from "../model/plan.ts";
import type { MountLimits, MountRequest, MountResponse } from "../model/request.ts";
import type { Dialect, PodAnnotation } from "../model/dialect.ts";
import type { StoreConnection, StoreKind } from "../model/store.ts";
import { admit, type Admitted } from "./admit.ts";
import { annotationFor, type ReadAnnotation } from "./annotation.ts";
import { expand } from "./expand.ts";
import { createOnce } from "./once.ts";
import { fetchAll, volumeName, type FetchedRead } from "./fetch.ts";
import { permit, type Policy } from "./permit.ts";
import { render } from "./render.ts";
import { respond } from "./respond.ts";

/** What a Mount needs besides its request. */
export interface MountDeps {
  readonly dialect: Dialect;
  readonly policy: Policy;
  readonly layer: FetchLayer;
  /** The process's one connection for stores of a kind. */
  readonly connectionOf: (store: StoreKind) => StoreConnection;
  /** Whether the daemon may ask the Kubernetes API for a token where a store takes one from it. */
  readonly makesTokens: boolean;
  /** The key of object versions that all nodes share; undefined while there is none. */
  readonly hmacKey: RenderContext["hmacKey"];
  /** For dialects whose manifests have a part on the pod. */
  readonly readAnnotation: ReadAnnotation;
  /** Where heavy work is done. */
  readonly compute: Compute;
  /** The thread that all Mounts of the process work on. */
  readonly thread: SharedThread;
  readonly outside: Clock;
  /** Own limit for a Mount, in milliseconds. */
  readonly timeout: number;
  /** Largest encoded answer. */
  readonly maxBytes: number;
}

/** What is known of a Mount so far; for the line that its end leaves in the log. */
export interface Progress {
  admitted?: Admitted;
  annotation?: PodAnnotation | undefined;
  plan?: MountPlan;
  fetched?: ReadonlyMap<Read, FetchedRead>;
}

/** One Mount, step by step. Throws MountError, and whatever a defect throws. */
export async function mount(
  request: MountRequest,
  limits: MountLimits,
  deps: MountDeps,
  progress: Progress,
): Promise<MountResponse> {
  const deadline = startDeadline(limits, deps.timeout, deps.outside);
  let bytes: ByteAccount | undefined;
  let sending: Promise<unknown> | undefined;
  try {
    const admitted = (progress.admitted = admit(request, deps.dialect));
    const annotation = (progress.annotation = await annotationFor(admitted, deps, deadline.signal));
    const turn = { tenant: admitted.pod.namespace, signal: deadline.signal };
    const share = deps.thread.share(turn);
    await share.take();
    const parsed = (progress.plan = parse(deps.dialect, admitted, annotation));
    permit(parsed, admitted, deps);
    const context: RenderContext = {
      signal: deadline.signal,
      hmacKey: deps.hmacKey,
      run: (job, input) => deps.compute.run(job, input, turn),
      once: createOnce(),
    };
    bytes = deps.layer.open(admitted.pod.namespace);
    const fetching = { ...deps, deadline, context, bytes };
    const plan = (progress.plan = await expand(parsed, admitted, fetching));
    const fetched = (progress.fetched = await fetchAll(plan, admitted, fetching));
    const rendered = await render(plan, fetched, context, share);
    const response = respond(rendered, deps.maxBytes, plan.samePath, admitted.volume.targetPath);
    deps.layer.mounted(volumeName(admitted));
    sending = limits.sent;
    return response;
  } finally {
    void closeAfter(sending, bytes);
    deadline.end();
  }
}

/** What a Mount read is in memory until its answer has left. */
async function closeAfter(sending: Promise<unknown> | undefined, bytes: ByteAccount | undefined): Promise<void> {
  if (sending !== undefined) await sending;
  bytes?.close();
}

/** The plan, or one error that names every mistake of the manifest. */
function parse(
  dialect: Dialect,
  { parameters, defaultMode }: Admitted,
  annotation: PodAnnotation | undefined,
): MountPlan {
  const issues = new Issues();
  const more = annotation === undefined ? {} : { annotation };
  const plan = dialect.parse({ parameters, defaultMode, ...more }, issues);
  const problem = issues.toError();
  if (problem !== undefined) throw problem;
  if (plan !== undefined && plan.files.length + plan.listings.length > 0) return plan;
  throw new MountError("internal", "the manifest gave no plan");
}
