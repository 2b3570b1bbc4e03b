// The child process that does heavy work for the daemon: src/compute/lane.ts starts and ends it.
import { serveWork } from "./compute/serve-work.ts";
import { workers } from "./wiring/workers.ts";

serveWork(workers, process);
