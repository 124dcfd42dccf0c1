/**
 * How many steps a regular expression comes to once its repetitions are written out, at most; undefined if its brackets
 * do not pair, which its compiler will say better. It is counted before anything is compiled, as a few characters can
 * ask for millions of steps: `((a{1000}){1000}){1000}`.
 */
export function patternSize(source: string): number | undefined {
  const open: Sequence[] = [{ size: 0, last: 0 }];
  for (const [token] of source.matchAll(tokens)) {
    const here = open.at(-1);
    if (here === undefined) return undefined;
    const repetition = /^\{(\d*),?(\d*)\}$/.exec(token);
    // flags are no member: `a{9}(?i){9}` is `(?:a{9}){9}` to the compiler
    if (flags.test(token)) continue;
    if (token === "(") {
      open.push({ size: 0, last: 0 });
    } else if (token === ")") {
      open.pop();
      append(open.at(-1), here.size + 2);
    } else if (/^[*+?]$/.test(token)) {
      here.size += 1;
      here.last += 1;
    } else if (repetition === null) {
      append(here, token.startsWith("\\Q") ? token.length : 1);
    } else {
      // `x{2,}` is xx and a loop
      const times = Math.max(Number(repetition[1]), Number(repetition[2]), 1) + 1;
      here.size += here.last * times;
      here.last *= times;
    }
  }
  return open.length === 1 ? open[0]?.size : undefined;
}

interface Sequence {
  size: number;
  /** of its last member, which a repetition is about */
  last: number;
}

function append(sequence: Sequence | undefined, size: number): void {
  if (sequence === undefined) return;
  sequence.size += size;
  sequence.last = size;
}

const flags = /^\(\?[A-Za-z-]+\)$/;

/** A quoted run, an escape, a class, flags, a repetition, or any other character. Classes are single steps. */
const tokens =
  /\(\?[A-Za-z-]+\)|\\Q[\s\S]*?(?:\\E|$)|\\[pPx]\{[^}]*\}|\\[\s\S]|\[\^?\]?(?:\[:\^?\w+:\]|\\[\s\S]|[^\]\\])*\]|\{\d+(?:,\d*)?\}|[\s\S]/gu;
