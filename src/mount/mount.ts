import type { FetchLayer } from "../fetch/fetch-layer.ts";
import { startDeadline } from "../fetch/deadline.ts";
import { Issues } from "../text/issues.ts";
import { MountError } from "../model/error.ts";
import type { Clock } from "../model/clock.ts";
import type { MountPlan } from "../model/plan.ts";
import type { MountLimits, MountRequest, MountResponse } from "../model/request.ts";
import type { Dialect } from "../model/store.ts";
import { admit, type Admitted } from "./admit.ts";
import { fetchAll, volumeName, type FetchedObject } from "./fetch.ts";
import { permit, type Policy } from "./permit.ts";
import { render } from "./render.ts";
import { respond } from "./respond.ts";

/** What a Mount needs besides its request. */
export interface Wiring {
  readonly dialect: Dialect;
  readonly policy: Policy;
  readonly layer: FetchLayer;
  readonly outside: Clock;
  /** Own limit for a Mount, in milliseconds. */
  readonly timeout: number;
  /** Largest encoded answer. */
  readonly mostBytes: number;
}

/** What is known of a Mount so far; for the line that its end leaves in the log. */
export interface Progress {
  admitted?: Admitted;
  plan?: MountPlan;
  fetched?: readonly FetchedObject[];
}

/** One Mount, step by step. Throws MountError, and whatever a defect throws. */
export async function mount(
  request: MountRequest,
  limits: MountLimits,
  wiring: Wiring,
  progress: Progress,
): Promise<MountResponse> {
  const deadline = startDeadline(limits, wiring.timeout, wiring.outside);
  try {
    const admitted = (progress.admitted = admit(request));
    const plan = (progress.plan = parse(wiring.dialect, admitted));
    permit(plan, admitted, wiring.policy);
    const fetched = (progress.fetched = await fetchAll(plan, admitted, wiring.layer, deadline));
    const rendered = await render(fetched, deadline.signal);
    const response = respond(rendered, wiring.mostBytes);
    wiring.layer.mounted(volumeName(admitted));
    return response;
  } finally {
    deadline.end();
  }
}

/** The plan, or one error that names every mistake of the manifest. */
function parse(dialect: Dialect, { parameters, defaultMode }: Admitted): MountPlan {
  const issues = new Issues();
  const plan = dialect.parse({ parameters, defaultMode }, issues);
  const problem = issues.toError();
  if (problem !== undefined) throw problem;
  if (plan === undefined || plan.objects.length === 0) throw new MountError("internal", "the manifest gave no plan");
  return plan;
}
