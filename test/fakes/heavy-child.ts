// A child process as the built one is, whose work misbehaves in every way that there is.
import { serveWork } from "../../src/compute/serve-work.ts";
import { workers } from "./heavy-work.ts";

serveWork(workers, process);
