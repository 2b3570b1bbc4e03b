/**
 * One result for each item, in order, with at most `max` under way at once. Rejects as the first that rejects, and starts
 * no more then.
 */
export async function limitedAll<T, R>(
  items: readonly T[],
  max: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  let next = 0;
  const run = async () => {
    try {
      for (let at = next++; at < items.length; at = next++) {
        const item = items[at];
        if (item !== undefined) results[at] = await work(item);
      }
    } catch (thrown) {
      next = items.length;
      throw thrown;
    }
  };
  await Promise.all(Array.from({ length: Math.min(max, items.length) }, run));
  return results;
}
