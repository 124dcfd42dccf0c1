import { outermostScopes } from "@countersign/engine/cluster/compose-registries-d";
import { scopesAround } from "@countersign/engine/cluster/policy-scope";

/** Each goes over all scopes, and halves them as a rule; whoever nests them on purpose is given up on. */
const mostRounds = 24;

/**
 * Adds what scopes are below, where the most of them are first, until together they come to few enough lines. Signatures are
 * looked for of more images then than policies ask it of, and no image is judged otherwise: policies have their scopes as they are.
 * A registry is not widened: what is around it is every image.
 * @param elsewhere scopes that other files speak of: what is within these cannot be said around them
 * @param fits whether scopes need no more room
 */
export function widened(
  scopes: Iterable<string>,
  elsewhere: ReadonlySet<string>,
  fits: (scopes: ReadonlySet<string>) => boolean,
): ReadonlySet<string> {
  const kept = new Set(scopes);
  for (let round = 0; round < mostRounds && !fits(kept); round++) {
    const crowded = crowdedPlaces(outermostScopes(kept, elsewhere), elsewhere);
    if (crowded.length === 0) break;
    // those with the most, and all that have half as many: few rounds, and who has few scopes keeps them
    const [[, most] = ["", 0]] = crowded;
    for (const [place, count] of crowded) if (2 * count > most) kept.add(place);
  }
  return kept;
}

/** What a scope is below, the nearest first, as far as nobody else speaks of it. */
export function placesAround(scope: string, elsewhere: ReadonlySet<string>): readonly string[] {
  const around = scopesAround(scope)
    .map(([outer]) => outer)
    .filter((outer) => outer !== "" && !outer.startsWith("*"));
  const end = around.findIndex((outer) => elsewhere.has(outer));
  return end === -1 ? around : around.slice(0, end);
}

/** Places that hold several scopes, each scope counted at the nearest; those with the most first. */
function crowdedPlaces(
  scopes: readonly string[],
  elsewhere: ReadonlySet<string>,
): ReadonlyArray<readonly [place: string, count: number]> {
  const around = scopes.map((scope) => placesAround(scope, elsewhere));
  const held = counted(around.flat());
  const nearest = counted(
    around.flatMap((places) => places.find((place) => (held.get(place) ?? 0) > 1) ?? []),
  );
  return [...nearest]
    .filter(([, count]) => count > 1)
    .sort(([a, most], [b, fewer]) => fewer - most || (a < b ? -1 : 1));
}

function counted(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
