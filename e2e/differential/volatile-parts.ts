/** A part of skopeo's own text that another run, or another machine, would print differently. */
interface VolatilePart {
  readonly pattern: RegExp;
  readonly instead: (found: string) => string;
  readonly reason: string;
}

const volatileParts: readonly VolatilePart[] = [
  {
    pattern: /(?<=current time )[-0-9]{10}T[0-9:]{8}Z/g,
    instead: (moment) => (Math.abs(Date.parse(moment) - Date.now()) < 600_000 ? "now" : moment),
    reason:
      "certificates without a log are judged by the clock, and the two programs ask it one after the other",
  },
  {
    pattern: /(?<=hashedrekord version )(?:\(\*string\)\(0x[0-9a-f]+\)|"[^"]*")/g,
    instead: () => "(some version)",
    reason: "the reference prints the address of the version instead of the version",
  },
  {
    pattern: /(?<=dial tcp: lookup \S+) on \S+:53(?=: )/g,
    instead: () => "",
    reason: "Go names the machine's name server",
  },
  {
    pattern: /(?<= defined both in )("[^"]*") and ("[^"]*")$/g,
    instead: (pair) => pair.split(" and ").sort().join(" and "),
    reason: "the reference reads registries.d in the order in which the file system lists it",
  },
  {
    pattern: /(?<=\bKey )"[^"]*"(?= missing in a JSON object)/g,
    instead: () => "(some member)",
    reason: "of several missing members the reference names whichever its map yields first",
  },
];

/** The message with its volatile parts taken out, for comparison. */
export function settled(message: string): string {
  return volatileParts.reduce((text, { pattern, instead }) => text.replaceAll(pattern, instead), message);
}
