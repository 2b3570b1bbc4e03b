import { job } from "../../../model/compute.ts";
import type { PackedTree } from "../../../text/read-tree.ts";

/** A template and the values that it names. */
export interface Rendering {
  readonly text: string;
  readonly values: Readonly<Record<string, PackedTree>>;
}

/**
 * Renders a template that can take long. Refuses with `template_failed` as in line, and is ended after 250 ms of the
 * processor: the engine's own limits can be passed by.
 */
export const templateJob = job<Rendering, string>("template", "rendering the template", { cpu: 250 });
