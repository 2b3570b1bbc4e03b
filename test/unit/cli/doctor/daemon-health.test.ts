import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "@jest/globals";
import { checkDaemon } from "../../../../src/cli/doctor/daemon-health.ts";

const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function listen(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("a daemon", () => {
  test("is ready", async () => {
    const address = await listen((request, response) =>
      response.writeHead(request.url === "/readyz" ? 200 : 404).end(),
    );
    expect(await checkDaemon(address, 10_000)).toMatchObject({ status: "ok", subject: `http://${address}/readyz` });
  });

  test("says why it is not", async () => {
    const address = await listen((_, response) => response.writeHead(503).end("starting\n"));
    expect(await checkDaemon(address, 10_000)).toMatchObject({ status: "problem", problem: "answers 503: starting" });
  });

  test.each([
    { is: "hangs", answer: () => undefined, problem: /not in time/ },
    {
      is: "hangs after its head",
      answer: (_, response) => void response.writeHead(200).write("o"),
      problem: /not in time/,
    },
    { is: "hangs up", answer: (request) => request.socket.destroy(), problem: /no answer/ },
  ] as readonly { is: string; answer: RequestListener; problem: RegExp }[])("$is", async ({ answer, problem }) => {
    const address = await listen(answer);
    expect(await checkDaemon(address, 200)).toMatchObject({
      status: "problem",
      problem: expect.stringMatching(problem),
    });
  });

  test("answers at length: not all of it is shown", async () => {
    const address = await listen((_, response) => response.writeHead(500).end("x".repeat(100_000)));
    const { problem } = await checkDaemon(address, 1_000);
    expect(problem?.length).toBeLessThan(300);
  });

  test("is not here", async () => {
    const address = await listen(() => undefined);
    closing.pop()?.();
    expect(await checkDaemon(address, 10_000)).toMatchObject({ status: "skipped" });
  });

  test("chose its port itself", async () => {
    expect(await checkDaemon("127.0.0.1:0", 10_000)).toMatchObject({
      status: "skipped",
      fix: expect.stringMatching(/log/),
    });
  });
});
