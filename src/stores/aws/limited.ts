/** Maximum number of calls that one read of a session has under way at once in a region. */
const maxCalls = 40;

/** One result for each item, in order, with a bounded number under way. Rejects as the first that rejects. */
export async function limitedAll<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  let next = 0;
  const run = async () => {
    for (let at = next++; at < items.length; at = next++) {
      const item = items[at];
      if (item !== undefined) results[at] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(maxCalls, items.length) }, run));
  return results;
}
