import { chmodSync, rmSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { RewrittenConnection } from "../../../src/serve/grpc-socket/rewritten-connection.ts";
import { StreamTable } from "../../../src/serve/last-line/stream-table.ts";
import { watchConnection } from "../../../src/serve/last-line/watched-connection.ts";
import {
  startBareProvider,
  type BareAnswer,
  type BareProvider,
  type ReceivedMount,
} from "../../driver/bare-provider.ts";

/** Where drivers look for providers. */
export const providersFolder = "/var/run/secrets-store-csi-providers";

/** Text of a parameter or attribute of a request. */
export function attribute(request: ReceivedMount, name: string): string | undefined {
  return (JSON.parse(request.attributes) as Readonly<Record<string, string>>)[name];
}

/** What lets drivers before 1.6 in, whose :authority Node's HTTP/2 refuses. */
const rewrite = (connection: Socket): Duplex =>
  new RewrittenConnection(connection, watchConnection(connection, new StreamTable()));

/**
 * A provider of this name that answers as `answer` says, on the drivers' folder. `isRewritten`: for drivers before 1.6; the
 * connection then passes what the daemon's own do.
 */
export async function startScriptedProvider(
  name: string,
  answer: (request: ReceivedMount, call: number) => BareAnswer,
  isRewritten = false,
): Promise<BareProvider> {
  const socket = join(providersFolder, `${name}.sock`);
  rmSync(socket, { force: true });
  const provider = await startBareProvider(socket, answer, isRewritten ? rewrite : undefined);
  chmodSync(socket, 0o700);
  return {
    ...provider,
    close: () => {
      provider.close();
      rmSync(socket, { force: true });
    },
  };
}

/** An answer with these files. */
export function answerOf(files: Readonly<Record<string, string | Buffer>>, version = "1"): BareAnswer {
  const entries = Object.entries(files);
  return {
    objectVersion: entries.map(([id]) => ({ id, version })),
    files: entries.map(([path, contents]) => ({ path, mode: 420, contents: Buffer.from(contents) })),
  };
}
