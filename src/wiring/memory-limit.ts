import { totalmem } from "node:os";

/** What a process without any limit plans with: room for every ordinary node, whatever the machine has. */
const unlimited = 512 << 20;

/** What the process can learn of its memory. */
export interface MemoryFacts {
  /** The setting `memory-limit`, in bytes; undefined where it is not set. */
  readonly setting: number | undefined;
  /** The control group's limit (v1 or v2) in bytes, as Node.js reads it; 0 or more than the machine has: none. */
  readonly constrained: number;
  /** Of the machine, in bytes. */
  readonly total: number;
}

/** The memory that budgets are derived from, in bytes: the operator's word, else the control group's, else a guess. */
export function memoryLimit({ setting, constrained, total }: MemoryFacts): number {
  if (setting !== undefined) return setting;
  if (constrained > 0 && constrained <= total) return constrained;
  return Math.min(unlimited, total);
}

/** What this process may use, in bytes; `setting` as in MemoryFacts. */
export function processMemory(setting: number | undefined): number {
  return memoryLimit({ setting, constrained: process.constrainedMemory(), total: totalmem() });
}
