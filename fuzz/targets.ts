/** A target as a run sees it; its code is in targets/. */
export interface TargetEntry {
  readonly name: string;
  /** of the time, in proportion to the others' */
  readonly share: number;
  /** whose corpus it has, if not its own */
  readonly corpus?: string;
  /** the program without which it fails */
  readonly needs?: "skopeo";
}

export const targets: readonly TargetEntry[] = [
  { name: "policy-reference", share: 10, corpus: "policy", needs: "skopeo" },
  { name: "policy", share: 5 },
  { name: "policy-extension", share: 4 },
  { name: "cel", share: 2 },
  { name: "openpgp-message-reference", share: 3, corpus: "openpgp-message", needs: "skopeo" },
  { name: "openpgp-message", share: 1 },
  { name: "openpgp-keys-reference", share: 2, corpus: "openpgp-keys", needs: "skopeo" },
  { name: "openpgp-keys", share: 1 },
  { name: "json", share: 1 },
  { name: "image-reference", share: 1 },
  { name: "located-image", share: 1 },
  { name: "image-index", share: 1 },
  { name: "layout-index", share: 1 },
  { name: "attachments", share: 1 },
  { name: "referrers", share: 1 },
  { name: "signature-blob", share: 1 },
  { name: "signature", share: 2 },
  { name: "cosign-payload", share: 1 },
  { name: "bundle-reference", share: 4, corpus: "bundle" },
  { name: "bundle", share: 1 },
  { name: "statement", share: 1 },
  { name: "trusted-root", share: 1 },
  { name: "trust-archive", share: 1 },
  { name: "timestamp", share: 1 },
  { name: "checkpoint", share: 1 },
  { name: "rekor-set", share: 1 },
  { name: "certificate", share: 2 },
  { name: "pem", share: 1 },
  { name: "private-key", share: 1 },
  { name: "fulcio-answer", share: 1 },
  { name: "rekor-answer", share: 1 },
  { name: "timestamp-answer", share: 1 },
  { name: "tuf-metadata", share: 1 },
  { name: "auth-challenge", share: 1 },
  { name: "registry-answer", share: 1 },
  { name: "redirects", share: 1 },
  { name: "auth-file", share: 1 },
  { name: "registries-conf", share: 1 },
  { name: "registries-d", share: 1 },
  { name: "registries-d-reference", share: 4, corpus: "registries-d", needs: "skopeo" },
  { name: "hosts-toml", share: 1 },
  { name: "admission-review", share: 1 },
  { name: "pull-request", share: 1 },
  { name: "create-request", share: 1 },
  { name: "hpack", share: 2 },
  { name: "relay", share: 3 },
];

export function moduleOf({ name }: TargetEntry): URL {
  return new URL(`targets/${name}.ts`, import.meta.url);
}

export function corpusOf({ name, corpus }: TargetEntry): string {
  return corpus ?? name;
}
