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
];

export function moduleOf({ name }: TargetEntry): URL {
  return new URL(`targets/${name}.ts`, import.meta.url);
}

export function corpusOf({ name, corpus }: TargetEntry): string {
  return corpus ?? name;
}
