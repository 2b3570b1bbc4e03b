import { chmodSync, rmSync } from "node:fs";
import { join } from "node:path";
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

/** A provider of this name that answers as `answer` says, on the drivers' folder. */
export async function startScriptedProvider(
  name: string,
  answer: (request: ReceivedMount, call: number) => BareAnswer,
): Promise<BareProvider> {
  const socket = join(providersFolder, `${name}.sock`);
  rmSync(socket, { force: true });
  const provider = await startBareProvider(socket, answer);
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
