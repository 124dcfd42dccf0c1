import { composeRegistriesD } from "@countersign/engine/cluster/compose-registries-d";
import { CountersignError } from "@countersign/engine/values/error";
import {
  maxAttachmentLines,
  maxAttachmentScopes,
} from "@countersign/sources/containers-config/attachment-lines";
import { placesAround, widened } from "./widened-scopes.ts";

/** Scopes whose images' signatures are to be looked for; `""` is every image. */
export interface LookedForScopes {
  /** of policies that hold for all */
  readonly all: readonly string[];
  /** of namespaces with policies of their own, those for all among them or not */
  readonly namespaces: ReadonlyMap<string, readonly string[]>;
}

export interface FittingScopes {
  readonly kept: ReadonlySet<string>;
  /** namespaces for whose scopes there is no room, and what to do */
  readonly leftOut: ReadonlyMap<string, string>;
}

/**
 * What one file may have of everybody's scopes. When there are too many, what they are below is said in their place, as far up as
 * their registries, where there are the most of them first. When these are too many still, the namespaces with the fewest come
 * first: nobody is left out for what a namespace with thousands asks for.
 * @param elsewhere scopes that other files speak of, which need no room
 * @throws CountersignError POLICY_INVALID when there is no room for those that hold for all
 */
export function fitting({ all, namespaces }: LookedForScopes, elsewhere: ReadonlySet<string>): FittingScopes {
  const everything = new Set(all);
  for (const scopes of namespaces.values()) for (const scope of scopes) everything.add(scope);
  const isEnough = (scopes: ReadonlySet<string>) => fits(sizeOf(scopes, elsewhere));
  const wider = widened(everything, elsewhere, isEnough);
  if (isEnough(wider)) return { kept: wider, leftOut: new Map() };
  const said = (scope: string) =>
    placesAround(scope, elsewhere).findLast((place) => wider.has(place)) ?? scope;
  const kept = new Set(all.map(said));
  let size = sizeOf(kept, elsewhere);
  if (!fits(size)) {
    throw new CountersignError(
      "POLICY_INVALID",
      `the cluster's policies are about more registries than one file of registries.d may have, ${size.scopes} in ${size.characters} characters where ${maxAttachmentScopes} in ${maxAttachmentLines} may be: let them be about fewer`,
    );
  }
  const leftOut = new Map<string, string>();
  const own = [...namespaces].map(([name, scopes]) => ({
    name,
    scopes: [...new Set(scopes.map(said))].filter((scope) => !kept.has(scope)),
  }));
  own.sort((a, b) => a.scopes.length - b.scopes.length || (a.name < b.name ? -1 : 1));
  for (const { name, scopes } of own) {
    const more = sizeOf(new Set(scopes.filter((scope) => !kept.has(scope))), elsewhere);
    const together = sum(size, more);
    if (!fits(together)) leftOut.set(name, noRoom(scopes.length));
    else {
      size = together;
      for (const scope of scopes) kept.add(scope);
    }
  }
  return { kept, leftOut };
}

function noRoom(count: number): string {
  return `its policies are about ${count} registries of their own, for which registries.d has no room beside those of namespaces with fewer: let them be about fewer`;
}

interface FileSize {
  readonly scopes: number;
  readonly characters: number;
}

function fits({ scopes, characters }: FileSize): boolean {
  return scopes <= maxAttachmentScopes && characters <= maxAttachmentLines;
}

function sum(a: FileSize, b: FileSize): FileSize {
  return { scopes: a.scopes + b.scopes, characters: a.characters + b.characters };
}

function sizeOf(scopes: ReadonlySet<string>, elsewhere: ReadonlySet<string>): FileSize {
  const own = [...scopes].filter((scope) => !elsewhere.has(scope));
  const text = composeRegistriesD(own, elsewhere);
  return { scopes: text.match(/^ {2}"/gm)?.length ?? 0, characters: text.length };
}
