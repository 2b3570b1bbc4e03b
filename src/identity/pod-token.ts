import { missingToken } from "../model/missing-token.ts";
import type { Token, Tokens } from "../model/pod.ts";

/**
 * The pod's own token for an audience, as the driver gave it. Throws MountError `identity_missing`, which names who needs
 * it (`key "prod"`; empty where the error's context tells the store).
 */
export function podToken(tokens: Tokens, audience: string, usedBy: string): Token {
  const given = tokens.get(audience);
  if (given === undefined || given.token.size === 0) throw missingToken(audience, tokens, usedBy);
  return given;
}
