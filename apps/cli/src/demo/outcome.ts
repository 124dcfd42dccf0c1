/** What a pull came to. */
export type Outcome =
  | { readonly type: "pulled"; readonly digest: string }
  | { readonly type: "refused"; readonly code: number; readonly message: string };
