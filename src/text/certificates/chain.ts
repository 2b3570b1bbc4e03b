import { derTag, insideDer, oidText, parseDer } from "../codecs/der.ts";

/** Key identifiers of a certificate, in hexadecimal; empty where it names none. */
interface KeyIds {
  readonly own: string;
  readonly issuer: string;
}

const extension = { own: "2.5.29.14", issuer: "2.5.29.35" };

/**
 * The certificates from the leaf over its issuers up to the root, told by their key identifiers. Where no single chain
 * takes in all of them (one is missing, foreign or there twice), the order stays as it is.
 */
export function orderChain(certificates: readonly Buffer[]): readonly Buffer[] {
  const ids = certificates.map(keyIds);
  const parents = ids.map(({ issuer }, child) =>
    issuer === "" ? -1 : ids.findIndex((other, at) => at !== child && other.own === issuer),
  );
  const walked: number[] = [];
  const leaf = ids.findIndex((_, at) => !parents.includes(at));
  for (let at = leaf; at !== -1 && walked.length <= certificates.length; at = parents[at] ?? -1) walked.push(at);
  if (walked.length !== certificates.length) return certificates;
  return walked.flatMap((at) => certificates[at] ?? []);
}

function keyIds(certificate: Buffer): KeyIds {
  const [whole] = parseDer(certificate) ?? [];
  const [signed] = insideDer(whole, derTag.sequence);
  const wrapped = insideDer(signed, derTag.sequence).find(({ tag }) => tag === derTag.contextConstructed + 3);
  const [list] = insideDer(wrapped, derTag.contextConstructed + 3);
  const values = new Map(
    insideDer(list, derTag.sequence).map((entry) => {
      const parts = insideDer(entry, derTag.sequence);
      return [oidText(parts[0]), parts.at(-1)?.content ?? Buffer.alloc(0)] as const;
    }),
  );
  const [own] = parseDer(values.get(extension.own) ?? Buffer.alloc(0)) ?? [];
  const [issuer] = parseDer(values.get(extension.issuer) ?? Buffer.alloc(0)) ?? [];
  const keyId = insideDer(issuer, derTag.sequence).find(({ tag }) => tag === derTag.context);
  return { own: own?.content.toString("hex") ?? "", issuer: keyId?.content.toString("hex") ?? "" };
}
