/** A region as it becomes part of host names, in lower case; undefined for a text that cannot be one. */
export function parseRegion(text: string): string | undefined {
  return /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/u.test(text) ? text.toLowerCase() : undefined;
}

/** Why a text is no region, and what to write; undefined when it can be one. */
export function regionProblem(text: string): { readonly problem: string; readonly fix: string } | undefined {
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  const bare = text.trim();
  if (bare !== text && parseRegion(bare) !== undefined) {
    return { problem: `${JSON.stringify(shown)} has blanks around it`, fix: `write ${bare}` };
  }
  const plain = /^(?:fips-(.+)|(.+)-fips)$/iu.exec(text);
  if (plain !== null && parseRegion(text) !== undefined) {
    const region = (plain[1] ?? plain[2] ?? "").toLowerCase();
    const fix = `write ${region}, and set aws-use-fips-endpoint for the daemon`;
    return { problem: `${shown} is not a region`, fix };
  }
  if (parseRegion(text) !== undefined) return undefined;
  return { problem: `${JSON.stringify(shown)} is not a region`, fix: "write a region such as eu-west-1" };
}
