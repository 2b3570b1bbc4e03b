import { get } from "node:http";
import { reachable } from "../health/check.ts";
import { findingsOf, type Finding } from "./finding.ts";
import { systemCode, systemProblem } from "../../model/system-error.ts";

const { ok, problem, skipped } = findingsOf("health");

/** Most characters of an answer that are shown. */
const mostShown = 200;

/** Asks the daemon of this machine or pod how it is. */
export async function checkDaemon(address: string, limit: number): Promise<Finding> {
  if (address.endsWith(":0")) {
    const fix = "name the one that the daemon's log says: --health-address=HOST:PORT";
    return skipped(address, "the daemon chose a port itself", fix);
  }
  const url = `http://${reachable(address)}/readyz`;
  const answer = await ask(url, AbortSignal.timeout(limit));
  if ("status" in answer) {
    if (answer.status === 200) return ok(url, "ready");
    const said = answer.text === "" ? "" : `: ${answer.text}`;
    return problem(url, `answers ${answer.status}${said}`, "see the daemon's log for what it waits for");
  }
  if (answer.code === "ECONNREFUSED") {
    const fix = "start the daemon, look inside its pod, or name its --health-address";
    return skipped(url, "no daemon listens here", fix);
  }
  return problem(url, `gives no answer: ${answer.problem}`, "see the daemon's log; restart its pod if it hangs");
}

type Answer = { readonly status: number; readonly text: string } | { readonly code: string; readonly problem: string };

function ask(url: string, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException) => {
      const late = signal.aborted;
      resolve({ code: late ? "" : systemCode(error), problem: late ? "it is not in time" : systemProblem(error) });
    };
    const request = get(url, { signal, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("error", failed);
      response.on("data", (chunk: string) => {
        text = `${text}${chunk}`.slice(0, mostShown);
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text: text.trim() }));
    });
    request.on("error", failed);
  });
}
