import { isIP } from "node:net";
import { connect } from "node:tls";
import { MountError } from "../model/error.ts";
import { connectionError } from "./connection-error.ts";
import { hostOf, portOf } from "./proxy.ts";

/**
 * The DNS names in the certificate of a server, which must be one for the address by this CA (PEM). `limit` in
 * milliseconds. Rejects with MountError, or with the signal's reason.
 */
export function peerNames(url: URL, ca: string, limit: number, signal: AbortSignal): Promise<readonly string[]> {
  const host = hostOf(url);
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const servername = isIP(host) === 0 ? host : "";
    const socket = connect({ host, port: Number(portOf(url)), servername, ca, minVersion: "TLSv1.2" });
    const end = (finish: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", aborted);
      socket.destroy();
      finish();
    };
    const late = new MountError("store_unavailable", `${url.host} did not answer within ${limit / 1000} s`);
    const timer = setTimeout(() => end(() => reject(late)), limit);
    const aborted = () => end(() => reject(signal.reason as Error));
    signal.addEventListener("abort", aborted, { once: true });
    socket.once("error", (error) => end(() => reject(connectionError(url.host, error))));
    socket.once("secureConnect", () => {
      const names = socket.getPeerCertificate().subjectaltname?.split(", ") ?? [];
      end(() => resolve(names.flatMap((name) => (name.startsWith("DNS:") ? [name.slice(4)] : []))));
    });
  });
}
