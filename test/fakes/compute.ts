import { InProcess } from "../../src/compute/in-process.ts";
import type { Compute } from "../../src/model/compute.ts";
import { workers } from "../../src/wiring/workers.ts";

/** All heavy work, done in the test's own process. */
export const compute: Compute = new InProcess(workers);
