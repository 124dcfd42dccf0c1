import { createHash } from "node:crypto";
import type { RegistryCredentials } from "../credentials/credentials.ts";
import type { BearerToken } from "./bearer-token.ts";

/** Whose token it is: another host, scope or credential is another token. */
export interface TokenOwner {
  readonly host: string;
  readonly realm: string;
  readonly scopes: readonly string[];
  readonly credentials: RegistryCredentials | undefined;
}

export interface TokenCache {
  find(owner: TokenOwner): string | undefined;
  keep(owner: TokenOwner, token: BearerToken): void;
  /** for a token the registry no longer takes */
  forget(owner: TokenOwner): void;
}

const maxTokens = 1000;
/** A token that would run out on its way is no use. */
const margin = 10_000;

/** Tokens in memory only, each until shortly before it expires; the oldest makes room. */
export function tokenCache(now: () => number): TokenCache {
  const tokens = new Map<string, { readonly token: string; readonly until: number }>();
  return {
    find(owner) {
      const key = keyOf(owner);
      const known = tokens.get(key);
      if (known === undefined) return undefined;
      if (now() < known.until) return known.token;
      tokens.delete(key);
      return undefined;
    },
    keep(owner, { token, lifetime }) {
      const key = keyOf(owner);
      tokens.delete(key);
      tokens.set(key, { token, until: now() + lifetime - Math.min(margin, lifetime / 2) });
      const [oldest] = tokens.keys();
      if (tokens.size > maxTokens && oldest !== undefined) tokens.delete(oldest);
    },
    forget: (owner) => tokens.delete(keyOf(owner)),
  };
}

/** A digest, so that the cache's keys are no second copy of the secrets. */
function keyOf({ host, realm, scopes, credentials }: TokenOwner): string {
  return createHash("sha256")
    .update(JSON.stringify([host, realm, scopes, credentials]))
    .digest("hex");
}
