import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import type { PolicyKind } from "./policy-kinds.ts";

/** A stretch of time, in milliseconds of a clock that is never set back. */
export interface Span {
  readonly from: number;
  readonly until: number;
}

export const global = "";
export const namespaces = ["default", "lax", "strict", "other"] as const;
export type Namespace = (typeof namespaces)[number];

/** What is right when nobody meddles with it. */
export const usualPolicies: Readonly<Record<typeof global | Namespace, PolicyKind>> = {
  [global]: "signed by release",
  default: "absent",
  lax: "accept anything",
  strict: "all signed",
  other: "signed by intruder",
};

interface Version extends Span {
  readonly kind: PolicyKind;
}

/**
 * The policies of a node, and when each was in force. While a file is being replaced both versions may be; a question
 * may be decided by any that was in force while it was open.
 */
export class PolicyHistory {
  readonly file: string;
  readonly directory: string;
  readonly #text: (kind: Exclude<PolicyKind, "absent">) => string;
  readonly #versions = new Map<string, Version[]>();
  readonly #missing: Span[] = [];
  #writes = 0;

  constructor(root: string, text: (kind: Exclude<PolicyKind, "absent">) => string) {
    this.file = join(root, "policy.json");
    this.directory = join(root, "policies");
    this.#text = text;
  }

  async setUp(): Promise<void> {
    await mkdir(this.directory, { recursive: true });
    for (const place of [global, ...namespaces] as const) await this.set(place, usualPolicies[place]);
  }

  /** Replaces a policy in one go, as a controller does. */
  async set(place: typeof global | Namespace, kind: PolicyKind): Promise<void> {
    await this.#change(place, kind, async (file) => {
      if (kind === "absent") return rm(file, { force: true });
      this.#writes += 1;
      const next = `${file}.${this.#writes}.next`;
      await writeFile(next, this.#text(kind));
      await rename(next, file);
    });
  }

  /** Writes over a policy piece by piece, as an editor or `cp` may. In between it is broken. */
  async overwrite(place: typeof global | Namespace, kind: Exclude<PolicyKind, "absent">): Promise<void> {
    const text = this.#text(kind);
    await this.#change(place, "broken", (file) => writeFile(file, text.slice(0, text.length / 2)));
    await this.#change(place, kind, (file) => writeFile(file, text));
  }

  /** Takes the directory of namespaces' policies away, as an unmounted volume does. */
  async takeAway(): Promise<void> {
    this.#missing.push({ from: performance.now(), until: Number.POSITIVE_INFINITY });
    await rename(this.directory, `${this.directory}.away`);
  }

  async bringBack(): Promise<void> {
    await rename(`${this.directory}.away`, this.directory);
    const missing = this.#missing.pop();
    if (missing !== undefined) this.#missing.push({ ...missing, until: performance.now() });
  }

  /** What may have been in force for pods of a namespace at some moment of `span`. */
  inForce(namespace: Namespace, span: Span): ReadonlySet<PolicyKind> {
    const kinds = new Set<PolicyKind>();
    if (this.#missing.some((missing) => overlap(missing, span))) kinds.add("absent");
    for (const own of this.#at(namespace, span)) {
      if (own !== "absent") kinds.add(own);
      else for (const kind of this.#at(global, span)) kinds.add(kind);
    }
    return kinds;
  }

  /** Forgets versions that were replaced before `time`. */
  forget(time: number): void {
    for (const [place, versions] of this.#versions)
      this.#versions.set(
        place,
        versions.filter(({ until }) => until >= time),
      );
  }

  #at(place: string, span: Span): readonly PolicyKind[] {
    return (this.#versions.get(place) ?? [])
      .filter((version) => overlap(version, span))
      .map(({ kind }) => kind);
  }

  async #change(place: string, kind: PolicyKind, write: (file: string) => Promise<void>): Promise<void> {
    const versions = this.#versions.get(place) ?? [];
    const from = performance.now();
    const next = { kind, from, until: Number.POSITIVE_INFINITY };
    const before = versions.at(-1);
    versions.push(next);
    this.#versions.set(place, versions);
    await write(place === global ? this.file : join(this.directory, `${place}.json`));
    if (before !== undefined) versions[versions.indexOf(before)] = { ...before, until: performance.now() };
  }
}

function overlap(one: Span, other: Span): boolean {
  return one.from <= other.until && other.from <= one.until;
}
