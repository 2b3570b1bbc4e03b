import { InProcess } from "../../src/compute/in-process.ts";
import { outputFormats } from "../../src/dialects/keyferry/formats/index.ts";
import type { RenderContext } from "../../src/model/plan.ts";
import type { Tree } from "../../src/model/outcome.ts";
import { workers } from "../../src/wiring/workers.ts";

/** What files are rendered with outside a Mount: no key, and heavy work done here. */
export function renderContext(): RenderContext {
  const { signal } = new AbortController();
  const compute = new InProcess(workers);
  return {
    signal,
    hmacKey: () => Promise.resolve(undefined),
    run: (job, input) => compute.run(job, input, { tenant: "", signal }),
    once: (_, make) => make(),
  };
}

/** The bytes that an output makes of data. Rejects with MountError, and for an output that there is not. */
export async function writeOutput(
  name: string,
  data: Tree,
  more: { readonly password?: string; readonly options?: unknown } = {},
): Promise<Buffer> {
  const format = outputFormats.find((one) => one.name === name);
  if (format === undefined) throw new Error(`no output ${name}`);
  const { options, password } = more;
  const input = { data, options: options ?? format.options(undefined), password };
  return Buffer.from(await format.write(input, renderContext()));
}
