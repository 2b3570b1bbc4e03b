import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "@jest/globals";
import { checkHealth } from "../../../../src/cli/health/check.ts";

const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function listen(answer: RequestListener): Promise<number> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function check(address: string, path = "/readyz") {
  let said = "";
  const code = await checkHealth({ address, path, timeout: 200, err: (text) => void (said += text) });
  return { code, said };
}

describe("keyferry health", () => {
  test.each(["127.0.0.1", "0.0.0.0"])("is well with a daemon that listens on %s and is ready", async (host) => {
    const port = await listen((request, response) => response.writeHead(request.url === "/readyz" ? 200 : 500).end());
    expect(await check(`${host}:${port}`)).toEqual({ code: 0, said: "" });
  });

  const troubles: readonly { readonly is: string; readonly answer: RequestListener }[] = [
    { is: "is not ready", answer: (_, response) => response.writeHead(503).end("stopping") },
    { is: "hangs", answer: () => undefined },
    { is: "hangs up", answer: (request) => request.socket.destroy() },
  ];
  test.each(troubles)("fails when the daemon $is", async ({ answer }) => {
    const port = await listen(answer);
    const { code, said } = await check(`127.0.0.1:${port}`);
    expect([code, said]).toEqual([1, expect.stringContaining(`127.0.0.1:${port}/readyz`)]);
  });

  test("fails when nobody listens", async () => {
    const port = await listen(() => undefined);
    closing.pop()?.();
    expect(await check(`127.0.0.1:${port}`)).toEqual({ code: 1, said: expect.stringMatching(/nothing listens there/) });
  });
});
