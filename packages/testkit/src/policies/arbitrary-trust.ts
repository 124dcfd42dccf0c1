import type { TrustedRootSource } from "@countersign/engine/policy/sigstore-requirement";
import type { TrustSource } from "@countersign/engine/policy/trust-source";
import fc from "fast-check";

/** At least one. */
export function listOf<T>(item: fc.Arbitrary<T>, most: number): fc.Arbitrary<readonly [T, ...T[]]> {
  return fc.tuple(item, fc.array(item, { maxLength: most - 1 })).map(([first, others]) => [first, ...others]);
}

/** @param limits how many files or texts, and how many texts if fewer */
export function someSource({
  most = 3,
  datas = most,
}: {
  readonly most?: number;
  readonly datas?: number;
} = {}): fc.Arbitrary<TrustSource> {
  const path = fc.constantFrom("/keys/a.pub", "/keys/b.pub", "relative", "/ü");
  const data = fc.uint8Array({ minLength: 1, maxLength: 4 });
  return fc.oneof(
    listOf(path, most).map((paths): TrustSource => ({ type: "files", paths })),
    listOf(data, datas).map((list): TrustSource => ({ type: "inline", data: list })),
  );
}

export const someRoot: fc.Arbitrary<TrustedRootSource> = fc.oneof(
  someSource({ most: 1 }),
  fc.record({
    type: fc.constant("tuf" as const),
    mirror: fc.constantFrom("https://tuf.example", "https://tuf.example:8443/a/b"),
    root: someSource({ most: 1 }),
    target: fc.constantFrom("trusted_root.json", "other.json"),
  }),
);
