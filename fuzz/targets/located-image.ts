import assert from "node:assert/strict";
import { policySubject } from "@countersign/engine/policy/policy-subject";
import { CountersignError } from "@countersign/engine/values/error";
import { formatImageName } from "@countersign/engine/values/format-image-name";
import { parseLocatedImage } from "@countersign/engine/values/parse-located-image";
import { mutateText } from "../mutate/text.ts";
import { reading } from "../outcome.ts";
import type { Target } from "../target.ts";

/** An image as a person names it, in a registry or in files. Its name, spelled, names the same image. */
export function openTarget(): Target {
  return { seeds: names.map((name) => Buffer.from(name)), mutate, check };
}

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;
const names = [
  ...[
    "docker://busybox",
    `docker://example.com/a@${digest}`,
    "dir:/tmp/x",
    "oci:/tmp/x:tag",
    "oci-archive:/x.tar:a/b:c",
  ],
  ...[
    "docker-archive:/x.tar:busybox:latest",
    "docker-archive:/x.tar:@0",
    `docker-daemon:${digest}`,
    "docker-daemon:a:b",
  ],
  ...[
    "containers-storage:[overlay@/g+/r:a=b]busybox:latest",
    `containers-storage:@${"0".repeat(64)}`,
    "sif:/x.sif",
  ],
  ...["tarball:/a:/b", "atomic:localhost:5000/ns/stream:tag", "busybox"],
];

const mutate = mutateText([
  ...([
    "docker://",
    "docker:",
    "dir:",
    "oci:",
    "oci-archive:",
    "docker-archive:",
    "docker-daemon:",
    "atomic:",
  ] as const),
  ...[
    "containers-storage:",
    "sif:",
    "tarball:",
    "[",
    "]",
    "@",
    "+",
    "=",
    "/",
    "//",
    "..",
    ".",
    ":",
    "@0",
    "@-1",
  ],
  ...["[overlay@", "[vfs@/x]", digest, "a".repeat(64), "\u0000", "é", "latest", "~", "C:\\", "*"],
]);

const codes = ["REFERENCE_INVALID", "TRANSPORT_UNSUPPORTED"] as const;

function firstWords(outcome: string): string {
  return /^\w+( [a-z]+){0,2}/i.exec(outcome)?.[0] ?? "";
}

/** As the kernel: no longer path leads anywhere. */
function resolvePath(path: string): string {
  if (path.length > 4096) throw new CountersignError("REFERENCE_INVALID", "file name too long");
  return path.startsWith("/") ? path : `/here/${path}`;
}

function check(input: Uint8Array): string {
  const text = Buffer.from(input).toString();
  const read = reading(codes, () => parseLocatedImage(text, resolvePath));
  // What is wrong is often said without quotes.
  if (read.type === "refused") return firstWords(read.outcome);
  const image = read.value;
  const subject = reading(codes, () => policySubject(image));
  assert.equal(typeof formatImageName(image), "string");
  if (subject.type === "refused") return `${image.transport} ${firstWords(subject.outcome)}`;
  const { scopes, transport } = subject.value;
  assert.equal(transport, image.transport);
  assert.equal(new Set(scopes).size, scopes.length, "a scope comes twice");
  return `${transport} ${Math.min(scopes.length, 6)} ${subject.value.reference === undefined}`;
}
