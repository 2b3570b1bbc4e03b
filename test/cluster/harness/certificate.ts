import { spawnSync } from "node:child_process";

/** A certificate and its key in one PEM text, as stores keep them. */
export function certificatePem(): string {
  const words = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=shop.test", "-days", "30"];
  const { stdout, status } = spawnSync("openssl", [...words, "-keyout", "-", "-out", "-"], { encoding: "utf8" });
  if (status !== 0) throw new Error("openssl made no certificate");
  return stdout;
}
