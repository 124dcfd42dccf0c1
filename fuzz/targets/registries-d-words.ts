import type { Mutate } from "../mutate/mutate.ts";
import { mutateText } from "../mutate/text.ts";

const files = [
  "default-docker:\n  use-sigstore-attachments: true\n",
  "docker:\n  registry.example:\n    lookaside: https://sigs.example/a%20b?x=y#z\n  registry.example/a:\n    sigstore: file:///var/lib\n",
  "&a default-docker: &b {lookaside: 'http://u:p@[::1]:80/x', use-sigstore-attachments: off}\ndocker: {x: *b, y: {<<: *b}}\n",
  "# nothing\n---\n...\n",
];

export const registriesDSeeds: readonly Uint8Array[] = files.map((file) => Buffer.from(file));

/** With the words and signs that YAML and registries.d know. */
export const mutateRegistriesD: Mutate = mutateText([
  ...([
    "default-docker:",
    "docker:",
    "lookaside: ",
    "sigstore: ",
    "lookaside-staging: ",
    "sigstore-staging: ",
  ] as const),
  ...[
    "use-sigstore-attachments: ",
    "true",
    "yes",
    "off",
    "null",
    "~",
    "!!str ",
    "!!binary ",
    "!!null ",
    "&a ",
    "*a",
    "<<: *a",
  ],
  ...[
    "- ",
    "? ",
    ": ",
    "{",
    "}",
    "[",
    "]",
    "|\n",
    ">-\n",
    '"',
    "'",
    "#",
    "%YAML 1.1\n---\n",
    "---\n",
    "...\n",
    "\t",
    "\u0085",
  ],
  ...[
    "file:",
    "file://",
    "https://",
    "http://u:p@",
    "[::1]",
    "%zz",
    "%41",
    "..",
    "registry.example/a/b",
    "\ufeff",
    "0x1F",
    "é",
  ],
]);
