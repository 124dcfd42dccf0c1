/**
 * The word that a misspelt one was probably meant to be: at most two letters are others.
 * @returns undefined where none is near
 */
export function nearWord(written: string, known: readonly string[]): string | undefined {
  if (written.length > longest) return undefined;
  const near = known
    .map((word) => ({ word, distance: distance(written.toLowerCase(), word.toLowerCase()) }))
    .filter((one) => one.distance <= 2 && one.distance < one.word.length)
    .toSorted((one, other) => one.distance - other.distance);
  return near[0]?.word;
}

/** A stranger's text must not cost the square of its length. */
const longest = 40;

/** Levenshtein's: how many letters must be put in, taken out or replaced. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...one].entries()) {
    const above = row;
    row = [index + 1];
    for (const [column, wanted] of [...other].entries()) {
      const replaced = (above[column] ?? 0) + (letter === wanted ? 0 : 1);
      row.push(Math.min(replaced, (above[column + 1] ?? 0) + 1, (row[column] ?? 0) + 1));
    }
  }
  return row.at(-1) ?? 0;
}
