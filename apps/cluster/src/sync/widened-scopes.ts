import { outermostScopes } from "@countersign/engine/cluster/compose-registries-d";
import { scopesAround } from "@countersign/engine/cluster/policy-scope";

/** Each goes over all scopes: whoever nests them on purpose is not followed from one name to the next. */
const mostRounds = 4;

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
  const all = new Set(scopes);
  let lines: ReadonlySet<string> = all;
  for (let round = 0; round <= mostRounds && !fits(lines); round++) {
    lines = new Set(outermostScopes(lines, elsewhere));
    const crowded = crowdedPlaces([...lines], elsewhere, round < mostRounds ? "nearest" : "outermost");
    if (crowded.length === 0) break;
    // those with the most, and all that have half as many: few rounds, and who has few scopes keeps them
    const [[, most] = ["", 0]] = crowded;
    const chosen = crowded.filter(([, count]) => round === mostRounds || 2 * count > most);
    lines = new Set([...lines, ...chosen.map(([place]) => place)]);
  }
  return new Set([...all, ...lines]);
}

/** What a scope is below, the nearest first, as far as nobody else speaks of it. */
export function placesAround(scope: string, elsewhere: ReadonlySet<string>): readonly string[] {
  const around = scopesAround(scope)
    .map(([outer]) => outer)
    .filter((outer) => outer !== "" && !outer.startsWith("*"));
  const end = around.findIndex((outer) => elsewhere.has(outer));
  return end === -1 ? around : around.slice(0, end);
}

/** Places that hold several scopes, each scope counted at the one of them that is meant; those with the most first. */
function crowdedPlaces(
  scopes: readonly string[],
  elsewhere: ReadonlySet<string>,
  meant: "nearest" | "outermost",
): ReadonlyArray<readonly [place: string, count: number]> {
  const around = scopes.map((scope) => placesAround(scope, elsewhere));
  const held = counted(around.flat());
  const isShared = (place: string) => (held.get(place) ?? 0) > 1;
  const chosen = around.flatMap(
    (places) => (meant === "nearest" ? places.find(isShared) : places.findLast(isShared)) ?? [],
  );
  return [...counted(chosen)]
    .filter(([, count]) => count > 1)
    .sort(([a, most], [b, fewer]) => fewer - most || (a < b ? -1 : 1));
}

function counted(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
