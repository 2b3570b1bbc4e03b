import { Client, credentials } from "@grpc/grpc-js";
import { MountRequest, MountResponse } from "../src/wire/provider.ts";

export interface LoadResult {
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly perSecond: number;
  readonly failed: number;
}

/** Sends `count` Mounts over one connection, so many at once, and times each. */
export async function load(
  socket: string,
  request: (index: number) => MountRequest,
  count: number,
  concurrency: number,
): Promise<LoadResult> {
  const client = new Client(`unix:${socket}`, credentials.createInsecure(), { "grpc.use_local_subchannel_pool": 1 });
  const times: number[] = [];
  let failed = 0;
  let next = 0;
  const one = (index: number): Promise<void> =>
    new Promise((resolve) => {
      const start = performance.now();
      client.makeUnaryRequest(
        "/v1alpha1.CSIDriverProvider/Mount",
        (message: MountRequest) => MountRequest.encode(message),
        (bytes: Buffer) => MountResponse.decode(bytes),
        request(index),
        (error) => {
          times.push(performance.now() - start);
          if (error !== null) failed += 1;
          resolve();
        },
      );
    });
  const worker = async () => {
    while (next < count) await one(next++);
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: concurrency }, worker));
  const took = performance.now() - start;
  client.close();
  times.sort((a, b) => a - b);
  const quantile = (q: number) => times[Math.min(times.length - 1, Math.floor(q * times.length))] ?? NaN;
  return { p50: quantile(0.5), p99: quantile(0.99), perSecond: (count / took) * 1000, failed };
}
