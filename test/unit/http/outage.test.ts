import { describe, expect, test } from "@jest/globals";
import { connectionError } from "../../../src/http/connection-error.ts";
import { foreignAnswer, outageOf } from "../../../src/http/outage.ts";

const texts = { throttled: "it throttles", failed: "it failed" };

describe("what an answer says of its server", () => {
  test.each([
    { status: 429, reason: "store_throttled", outage: undefined },
    { status: 408, reason: "store_unavailable", outage: undefined },
    { status: 500, reason: "store_unavailable", outage: "broken" },
    { status: 503, reason: "store_unavailable", outage: "broken" },
  ])("$status is an outage", ({ status, reason, outage }) => {
    const error = outageOf({ status, retryAfter: 3000 }, texts);
    expect(error).toMatchObject({ reason, transient: true, context: { retryAfter: 3000 } });
    expect(error?.context.outage).toBe(outage);
  });

  test.each([200, 301, 400, 403, 404, 412, 501, 505])("%i is about the question", (status) => {
    expect(outageOf({ status, retryAfter: undefined }, texts)).toBeUndefined();
  });
});

describe("an answer that is not the store's", () => {
  test("is an outage that names what may have given it", () => {
    const error = foreignAnswer({ status: 404, body: "<html>default backend</html>" }, "vault.test", "Vault");
    expect(error).toMatchObject({ reason: "store_unavailable", transient: true });
    expect(error.message).toMatch(
      /^vault.test answered with status 404 and not in the form of Vault: a proxy, an ingress/,
    );
    expect(error.context.outage).toBeUndefined();
  });

  test.each([
    "Client sent an HTTP request to an HTTPS server.\n",
    "<title>400 The plain HTTP request was sent to HTTPS port</title>",
  ])("%j tells that TLS is missing", (body) => {
    expect(foreignAnswer({ status: 400, body }, "vault.test", "Vault")).toMatchObject({
      reason: "store_untrusted",
      message: "vault.test takes TLS only; write https:// in the address",
    });
  });
});

describe("a connection that failed", () => {
  test.each(["ECONNREFUSED", "ENOTFOUND", "EHOSTUNREACH", "UND_ERR_CONNECT_TIMEOUT", "CERT_HAS_EXPIRED", "EPROTO"])(
    "before any request was judged: %s",
    (code) => {
      expect(connectionError("store.test", { code }).context.outage).toBe("unreached");
    },
  );

  test.each(["ECONNRESET", "UND_ERR_SOCKET", "UND_ERR_BODY_TIMEOUT", ""])(
    "after the request may have been judged: %s",
    (code) => {
      expect(connectionError("store.test", { code }).context.outage).toBeUndefined();
    },
  );
});
