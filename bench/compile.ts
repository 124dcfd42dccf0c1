import { RuleBook } from "@countersign/cluster/controller/rule-book";
import { publicationChecks } from "@countersign/cluster/controller/rule-check";
import type { ApiObject } from "@countersign/cluster/kube/api-object";
import { policySet } from "@countersign/engine/cluster/compile-cluster";
import type { Materials } from "@countersign/engine/cluster/materials";
import { PartMemo } from "@countersign/engine/cluster/part-memo";
import { publish } from "@countersign/engine/cluster/publication";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import type { Effort } from "./effort.ts";
import type { BenchRow } from "./row.ts";
import { median, rounded } from "./statistics.ts";

const namespaces = Array.from({ length: 10_000 }, (_, at) => `ns-${at}`);
const policyCount = 200;
const rounds: Readonly<Record<Effort, number>> = { smoke: 1, full: 15 };

/** A cluster's policies from its objects to what nodes fetch: all of them, and after one of them was edited. */
export async function run(effort: Effort): Promise<BenchRow> {
  const check = (await publicationChecks()).rule;
  const pem = createSigningKey("bench").publicKeyPem;
  const objects = Array.from({ length: policyCount }, (_, at) => policy(at, pem, 1));
  const all: number[] = [];
  const edits: number[] = [];
  for (let round = 0; round < rounds[effort]; round++) {
    const book = new RuleBook(check);
    const memo = new PartMemo();
    all.push(timed(() => compile(book, memo, objects)));
    const edited = [...objects];
    edited[round] = policy(round, pem, 2);
    edits.push(timed(() => compile(book, memo, edited)));
  }
  const [whole, edit] = [rounded(median(all), 1), rounded(median(edits), 1)];
  return {
    id: "compile",
    value: whole,
    unit: "ms",
    peer: "–",
    peerValue: null,
    ratio: null,
    target: "all ≤ 1 s, one edit ≤ 10 ms",
    reached: whole <= 1000 && edit <= 10,
    note: `${namespaces.length} namespaces, ${policyCount} policies, half of them of namespaces; one edit: ${edit} ms`,
  };
}

function timed(work: () => void): number {
  const began = performance.now();
  work();
  return performance.now() - began;
}

function compile(book: RuleBook, memo: PartMemo, objects: readonly ApiObject[]): void {
  const outcomes = book.update(objects, nothingElse);
  const rules = outcomes.flatMap(({ rule }) => rule ?? []);
  if (rules.length !== policyCount) throw new Error("a policy was not compiled");
  publish(policySet(rules, namespaces, "deny"), 1, memo);
}

/** Every other one belongs to a namespace. */
function policy(at: number, pem: string, generation: number): ApiObject {
  const isNamespaced = at % 2 === 1;
  return {
    apiVersion: isNamespaced ? "policy.countersign.dev/v1alpha1" : "policy.sigstore.dev/v1alpha1",
    kind: isNamespaced ? "ImagePolicy" : "ClusterImagePolicy",
    metadata: {
      name: `policy-${at}`,
      ...(isNamespaced && { namespace: `ns-${at}` }),
      generation,
      resourceVersion: String(generation),
    },
    spec: {
      images: [
        { glob: `registry-${at}.example/**` },
        { glob: `registry.example/team-${at}/g${generation}/**` },
      ],
      authorities: [
        { name: "release", key: { data: pem } },
        {
          name: "ci",
          key: { data: pem },
          attestations: [{ name: "built", predicateType: "https://slsa.dev/provenance/v1" }],
        },
      ],
    },
  };
}

const missing = { type: "missing", why: "nothing else is asked for" } as const;
const nothingElse: Materials = {
  namespace: "countersign-system",
  key: () => missing,
  trustRoot: () => missing,
  publicRoot: missing,
  policyText: () => missing,
};
