/** How an API server is reached, and as whom. */
export interface ApiAccess {
  /** `https://10.0.0.1:6443`, without a path */
  readonly url: string;
  /** PEM; undefined: what the system trusts */
  readonly ca: Uint8Array | undefined;
  /** a client certificate; undefined: none */
  readonly certificate: { readonly certificate: Uint8Array; readonly key: Uint8Array } | undefined;
  /** asked before each call, as a service account's token is replaced every hour; undefined: none */
  token(): Promise<string | undefined>;
}
