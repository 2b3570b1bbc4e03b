/** The path of a tool; undefined when it cannot be had, which throws under CI. */
export function tool(name: string): string | undefined;
