/**
 * Leaves out of an input whatever is not needed: large parts first, then ever smaller ones, until nothing can go or
 * `more` says that it is enough.
 */
export async function minimise(
  input: Uint8Array,
  isStillOne: (candidate: Uint8Array) => Promise<boolean>,
  more: () => boolean,
): Promise<Uint8Array> {
  let smallest = Buffer.from(input);
  for (let part = Math.ceil(smallest.length / 2); part >= 1; ) {
    let hasShrunk = false;
    for (let at = 0; at < smallest.length; ) {
      if (!more()) return smallest;
      const candidate = Buffer.concat([smallest.subarray(0, at), smallest.subarray(at + part)]);
      if (await isStillOne(candidate)) {
        smallest = candidate;
        hasShrunk = true;
      } else at += part;
    }
    if (hasShrunk) continue;
    if (part === 1) break;
    part = Math.ceil(part / 2);
  }
  return smallest;
}
