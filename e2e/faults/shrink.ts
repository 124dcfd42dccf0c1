/**
 * Looks for as few steps as show a failure again: the failing one alone, else with ever fewer of those before it. Time is
 * part of what happens, so each choice is tried more than once.
 * @param steps all that were played, the failing one last
 * @param fails plays steps in a world of their own
 * @returns undefined when nothing showed it a second time
 */
export async function shrink(
  steps: readonly number[],
  fails: (steps: readonly number[]) => Promise<boolean>,
  tries: number,
): Promise<readonly number[] | undefined> {
  const failing = steps.slice(-1);
  const shows = async (candidate: readonly number[]): Promise<boolean> => {
    for (let turn = 0; turn < tries; turn++) if (await fails(candidate)) return true;
    return false;
  };
  if (await shows(failing)) return failing;
  let before = steps.slice(0, -1);
  if (before.length === 0 || !(await shows(steps))) return undefined;
  for (let part = Math.ceil(before.length / 2); part >= 1; part = Math.floor(part / 2)) {
    for (let at = 0; at < before.length; ) {
      const fewer = [...before.slice(0, at), ...before.slice(at + part)];
      if (await shows([...fewer, ...failing])) before = fewer;
      else at += part;
    }
  }
  return [...before, ...failing];
}
