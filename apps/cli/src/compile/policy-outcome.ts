import type { CompiledRule } from "@countersign/engine/cluster/compiled-rule";
import type { CrioNote } from "@countersign/engine/cluster/crio-demand";
import { enclosingScope, globScope } from "@countersign/engine/cluster/glob-scope";
import { openPart, openRule, type PublishedRule } from "@countersign/engine/cluster/published-rule";
import { resourceName } from "@countersign/engine/cluster/resource-name";
import { whyNothingMatches } from "@countersign/engine/policy/image-glob";

/** What becomes of a policy where it is to be enforced. */
export type Outcome =
  /** as it is written */
  | "enforced"
  | "in part"
  /** every image that it is about is refused, which it does not say */
  | "refused"
  /** it only warns, which its reader cannot: that lets in what it is about without a word */
  | "let in";

/** For the gateway, which can be told all that a policy says. */
export function gatewayOutcome({ shortcomings }: CompiledRule): Outcome {
  return shortcomings.length === 0 ? "enforced" : "in part";
}

/**
 * For CRI-O.
 * @param file the policy file that holds where the policy does
 */
export function crioOutcome(rule: CompiledRule, notes: readonly CrioNote[], file: string): Outcome {
  const name = resourceName(rule.identity);
  const lacks = [...rule.shortcomings, ...notes.filter((note) => note.rule === name)];
  if (lacks.length === 0) return "enforced";
  const opened = openRule(rule.text);
  if (opened.type === "globs" && opened.requirements.every(({ mode }) => mode === "warn")) return "let in";
  const { default: otherwise, docker } = partsOf(file);
  const scopes = scopesOf(opened);
  const isRefused = scopes.every((scope) => JSON.stringify(docker[scope] ?? otherwise) === rejected);
  return scopes.length > 0 && isRefused ? "refused" : "in part";
}

const rejected = JSON.stringify([{ type: "reject" }]);

function scopesOf(opened: PublishedRule): readonly string[] {
  if (opened.type === "scopes") return opened.scopes;
  const alive = opened.globs.filter((glob) => whyNothingMatches(glob) === undefined);
  return alive.map((glob) => globScope(glob)?.scope ?? enclosingScope(glob));
}

function partsOf(file: string): {
  readonly default: unknown;
  readonly docker: Readonly<Record<string, unknown>>;
} {
  const opened = openPart(file) as {
    readonly default?: unknown;
    readonly transports?: { readonly docker?: Readonly<Record<string, unknown>> };
  };
  // a namespace that is refused whole has no scopes
  return { default: opened.default, docker: opened.transports?.docker ?? {} };
}
