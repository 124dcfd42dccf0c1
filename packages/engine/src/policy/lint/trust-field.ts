import type { TrustSource } from "../trust-source.ts";

/** What it is read as. */
export type TrustRole =
  | "openPgpKey"
  | "publicKey"
  | "rekorKey"
  | "fulcioRoots"
  | "pkiRoots"
  | "pkiIntermediates"
  | "logKey"
  | "trustedRoot"
  /** of a TUF repository */
  | "repositoryRoot";

/**
 * A source, and the start of the member names that may give it: `keyPath`, `keyPaths`, `keyData`, `keyDatas`; after a dot
 * they begin in lower case.
 */
export interface TrustField {
  readonly start: string;
  readonly role: TrustRole;
  readonly source: TrustSource | undefined;
}
