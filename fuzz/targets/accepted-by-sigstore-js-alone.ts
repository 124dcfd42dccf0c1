/** What sigstore-js accepts and we refuse, on purpose. Explained in docs/decisions/0011, by these names. */
export interface Strictness {
  readonly name: string;
  /** our words */
  readonly refusal: RegExp;
}

const strictnesses: readonly Strictness[] = [
  {
    name: "one reading of the JSON",
    refusal:
      /^bundle: .*(?:Unknown key|Duplicate key|exceeded max depth|cannot unmarshal|is expected, not [a-z]+$)/,
  },
  { name: "one content, one signer", refusal: /^bundle: .*(?:are both there|is expected, not [0-9]+$)/ },
  { name: "base64 as it is written", refusal: /^bundle: .*illegal base64 data/ },
  {
    name: "numbers that are numbers",
    refusal: /^bundle: .*(?:an integer of 64 bits is expected|is negative)/,
  },
  { name: "nothing missing", refusal: /^bundle: \S+ is missing$/ },
  {
    name: "no more than can be honest",
    refusal: /^bundle: .*(?:over \d+ bytes|more than \d+ values|items, \d+ are allowed)$/,
  },
  { name: "an entry that is what it should be", refusal: /^log entry \d+: (?:body|invalid character)/ },
  // sigstore-js does not look at the key that an intoto entry carries.
  {
    name: "whose signature was logged",
    refusal: /^log entry \d+: (?:it is about another (?:certificate|key)$|x509: )/,
  },
  { name: "a checkpoint of that log", refusal: /^log entry \d+: checkpoint: / },
  {
    name: "a proof that agrees with itself",
    refusal: /^log entry \d+: inclusion proof: (?:its root|it is of)/,
  },
  { name: "certificates as Go reads them", refusal: /^certificate: x509: / },
  { name: "no root in the bundle", refusal: /^certificate: its chain holds a root certificate$/ },
  {
    name: "hashes that go with the key",
    refusal:
      /^(?:the signature is not of the (?:expected|certificate's) key|bundle: messageSignature\.messageDigest\.algorithm: one of .* is expected)$/,
  },
  {
    name: "timestamps to the letter",
    refusal:
      /^nobody who is trusted says when it was signed \(timestamp \d+: .*(?:malformed|names another certificate|its certificate is another one|critical extension|signed attributes|not for timestamps alone|did not grant it)/,
  },
  {
    name: "a statement, about the artifact",
    refusal: /^(?:envelope: its payload is|statement: |the statement is about)/,
  },
];

export const strictnessNames: readonly string[] = strictnesses.map(({ name }) => name);

/** @returns the name of the difference; undefined if it is not known */
export function whyRefusedHere(refusal: string): string | undefined {
  return strictnesses.find((known) => known.refusal.test(refusal))?.name;
}
