/** A target as a run sees it; its code is in targets/. */
export interface TargetEntry {
  readonly name: string;
  /** of the time, in proportion to the others' */
  readonly share: number;
  /** inputs that one thread of a small machine tries in a second, about */
  readonly pace: number;
  /** whose corpus it has, if not its own */
  readonly corpus?: string;
  /** the program without which it fails */
  readonly needs?: "skopeo";
}

export const targets: readonly TargetEntry[] = [
  { name: "policy-reference", share: 10, pace: 70, corpus: "policy", needs: "skopeo" },
  { name: "policy", share: 5, pace: 260 },
  { name: "policy-extension", share: 4, pace: 170 },
  { name: "cel", share: 2, pace: 350 },
  { name: "openpgp-message-reference", share: 3, pace: 5, corpus: "openpgp-message", needs: "skopeo" },
  { name: "openpgp-message", share: 1, pace: 890 },
  { name: "openpgp-keys-reference", share: 2, pace: 14, corpus: "openpgp-keys", needs: "skopeo" },
  { name: "openpgp-keys", share: 1, pace: 350 },
  { name: "json", share: 1, pace: 270 },
  { name: "image-reference", share: 1, pace: 1700 },
  { name: "located-image", share: 1, pace: 2200 },
  { name: "image-index", share: 1, pace: 430 },
  { name: "layout-index", share: 1, pace: 460 },
  { name: "attachments", share: 1, pace: 280 },
  { name: "referrers", share: 1, pace: 460 },
  { name: "signature-blob", share: 1, pace: 640 },
  { name: "signature", share: 2, pace: 350 },
  { name: "cosign-payload", share: 1, pace: 250 },
  { name: "bundle-reference", share: 4, pace: 27, corpus: "bundle" },
  { name: "bundle", share: 1, pace: 62 },
  { name: "statement", share: 1, pace: 250 },
  { name: "trusted-root", share: 1, pace: 340 },
  { name: "trust-archive", share: 1, pace: 1300 },
  { name: "timestamp", share: 1, pace: 74 },
  { name: "checkpoint", share: 1, pace: 170 },
  { name: "rekor-set", share: 1, pace: 81 },
  { name: "certificate", share: 2, pace: 730 },
  { name: "pem", share: 1, pace: 200 },
  { name: "private-key", share: 1, pace: 200 },
  { name: "fulcio-answer", share: 1, pace: 28 },
  { name: "rekor-answer", share: 1, pace: 49 },
  { name: "timestamp-answer", share: 1, pace: 120 },
  { name: "tuf-metadata", share: 1, pace: 35 },
  { name: "auth-challenge", share: 1, pace: 190 },
  { name: "registry-answer", share: 1, pace: 82 },
  { name: "redirects", share: 1, pace: 690 },
  { name: "auth-file", share: 1, pace: 130 },
  { name: "registries-conf", share: 1, pace: 500 },
  { name: "registries-d", share: 1, pace: 66 },
  { name: "registries-d-reference", share: 4, pace: 120, corpus: "registries-d", needs: "skopeo" },
  { name: "hosts-toml", share: 1, pace: 380 },
  { name: "admission-review", share: 1, pace: 790 },
  { name: "pull-request", share: 1, pace: 840 },
  { name: "create-request", share: 1, pace: 1800 },
  { name: "hpack", share: 2, pace: 770 },
  { name: "relay", share: 3, pace: 120 },
];

export function moduleOf({ name }: TargetEntry): URL {
  return new URL(`targets/${name}.ts`, import.meta.url);
}

export function corpusOf({ name, corpus }: TargetEntry): string {
  return corpus ?? name;
}
