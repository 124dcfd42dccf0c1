import type { CST } from "yaml";

/**
 * Finds what stands too deep in something that was parsed and not yet composed. The library composes by calling itself for
 * each level, so that a hundred kilobytes of brackets, or of `- - -`, overflow the stack; this has a list of its own instead.
 * @param most - levels within one another; the outermost value is at 0
 * @returns where the first one beyond begins; undefined if there is none
 */
export function firstBeyond(root: CST.Token, most: number): number | undefined {
  let level: readonly CST.Token[] = root.type === "document" ? present([root.value]) : [];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > most) return level[0]?.offset;
    level = level.flatMap(within);
  }
  return undefined;
}

function within(token: CST.Token): readonly CST.Token[] {
  return "items" in token ? token.items.flatMap(({ key, value }) => present([key, value])) : [];
}

function present(tokens: readonly (CST.Token | null | undefined)[]): readonly CST.Token[] {
  return tokens.filter((token) => token !== null && token !== undefined);
}
