/** Where trusted bytes come from: files, read anew for each judgement, or bytes in the policy itself. */
export type TrustSource =
  | { readonly type: "files"; readonly paths: readonly string[] }
  | { readonly type: "inline"; readonly data: readonly Uint8Array[] };
