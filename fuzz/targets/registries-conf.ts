import assert from "node:assert/strict";
import { formatReference, parseImageReference } from "@countersign/engine/values/image-reference";
import { pullSources } from "@countersign/sources/containers-config/pull-sources";
import { mergeRegistriesFiles } from "@countersign/sources/containers-config/registries-conf";
import { readRegistriesFile } from "@countersign/sources/containers-config/registries-file";
import { resolveShortName } from "@countersign/sources/containers-config/short-names";
import { tomlDocument } from "@countersign/sources/containers-config/toml-document";
import { mutateText } from "../mutate/text.ts";
import { reading, readingAsync } from "../outcome.ts";
import type { Target } from "../target.ts";

/** A registries.conf. Wherever it sends a pull, it is for the same tag or digest, and the last place is the primary. */
export function openTarget(): Target {
  return { seeds: files.map((file) => Buffer.from(file)), mutate, check };
}

const files = [
  `unqualified-search-registries = ["docker.io", "quay.io"]
short-name-mode = "enforcing"
credential-helpers = ["a", "containers-auth.json"]
[aliases]
"busybox" = "docker.io/library/busybox"
`,
  `[[registry]]
prefix = "*.example.com"
insecure = false
blocked = true
[[registry]]
location = "registry.example/a"
mirror-by-digest-only = true
  [[registry.mirror]]
  location = "mirror.example:5000/b"
  insecure = true
  [[registry.mirror]]
  location = "other.example"
`,
  `[[registry]]
prefix = "registry.example"
location = "elsewhere.example/x/y"
[[registry.mirror]]
location = 'm.example'
pull-from-mirror = "tag-only"
`,
  `[registries.search]\nregistries = ["a"]\n`,
];

const mutate = mutateText([
  ...([
    "[[registry]]\n",
    "[[registry.mirror]]\n",
    "[registry]\n",
    "[aliases]\n",
    "prefix = ",
    "location = ",
  ] as const),
  ...[
    "insecure = true\n",
    "blocked = true\n",
    "mirror-by-digest-only = true\n",
    'pull-from-mirror = "digest-only"\n',
  ],
  ...[
    '"registry.example"',
    '"*.example"',
    "'''",
    '"""',
    "\\u0000",
    "https://",
    "/",
    "//",
    ":",
    "@",
    "*",
    "*.",
  ],
  ...[
    "{",
    "}",
    "[",
    "]",
    "=",
    ".",
    ",",
    "#",
    "1e400",
    "0x",
    "nan",
    "1979-05-27T07:32:00Z",
    "true",
    "\ufeff",
    "\r",
  ],
  ...["registry.example/a", "x = {a={}}\n", "a.b.c.d = 1\n", "9223372036854775808", "é", "__proto__ = 1\n"],
]);

const images = [
  "registry.example/a/b:v1",
  `registry.example/a@sha256:${"0".repeat(64)}`,
  "x.example.com/y:z",
].map(parseImageReference);

async function check(input: Uint8Array): Promise<string> {
  const text = Buffer.from(input).toString();
  const file = await readingAsync(["CONFIG_INVALID"], async () =>
    readRegistriesFile(await tomlDocument(text), "file"),
  );
  if (file.type === "refused") return file.outcome;
  const conf = mergeRegistriesFiles([file.value]);
  const outcomes = images.map((image) => {
    const sources = reading(["CONFIG_INVALID"], () => pullSources(conf, image));
    if (sources.type === "refused") return sources.outcome;
    for (const { physical } of sources.value) {
      assert.deepEqual([physical.tag, physical.digest], [image.tag, image.digest]);
      assert.equal(
        formatReference(parseImageReference(formatReference(physical))),
        formatReference(physical),
      );
    }
    return `${Math.min(sources.value.length, 3)} ${sources.value.some(({ insecure }) => insecure)}`;
  });
  const short = reading(["CONFIG_INVALID", "REFERENCE_INVALID", "SHORT_NAME_UNRESOLVED"], () =>
    resolveShortName(conf.shortNames, new Map(), "busybox"),
  );
  return `accepted ${outcomes.join("; ")} ${short.type === "refused" ? short.outcome : "resolved"}`;
}
