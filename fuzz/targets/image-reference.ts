import assert from "node:assert/strict";
import { matchesIdentity } from "@countersign/engine/policy/match-identity";
import { policySubject } from "@countersign/engine/policy/policy-subject";
import {
  formatReference,
  type ImageReference,
  type NamedReference,
  parseImageReference,
  parseNamedReference,
  repositoryName,
} from "@countersign/engine/values/image-reference";
import { dockerImage } from "@countersign/engine/values/located-image";
import { mutateText } from "../mutate/text.ts";
import { reading } from "../outcome.ts";
import type { Target } from "../target.ts";

/**
 * On the first line the name of an image, as a pod or a policy says it; on the second the name in a signature. Written
 * in full a name is the same name, its scopes lead from it to its host, and a matcher that lets the two pass for one
 * another has found them the same.
 */
export function openTarget(): Target {
  return {
    seeds: names.flatMap((name) => names.map((signed) => Buffer.from(`${name}\n${signed}`))),
    mutate,
    check,
  };
}

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;
const names = [
  ...["busybox", "busybox:v1", "docker.io/library/busybox", `busybox@${digest}`, "example.com/a/b:v1"],
  ...[
    `example.com:5000/a@${digest}`,
    `example.com/a:v1@${digest}`,
    "a_b.c/d",
    "localhost/x",
    "index.docker.io/a/b",
  ],
];

const mutate = mutateText([
  ...([
    ":",
    "@",
    "/",
    ".",
    "-",
    "_",
    "__",
    "--",
    "*",
    "%",
    "[::1]",
    "localhost",
    "docker.io",
    "index.docker.io",
  ] as const),
  ...[
    "library",
    "sha256:",
    "sha512:",
    "sha384:",
    "SHA256:",
    digest,
    "a".repeat(64),
    "a".repeat(128),
    "f".repeat(256),
  ],
  ...["A", "é", "\u0000", "\u2028", " ", "https://", "..", "latest", "a.b", "a_b.c", "0", "\n"],
]);

function check(input: Uint8Array): string {
  const [written = "", signed = ""] = Buffer.from(input).toString().split("\n");
  const named = reading(["REFERENCE_INVALID"], () => parseNamedReference(written));
  const image = reading(["REFERENCE_INVALID"], () => parseImageReference(written));
  if (named.type === "refused") {
    assert.equal(image.type, "refused");
    return named.outcome;
  }
  checkName(named.value);
  if (image.type === "refused") return image.outcome;
  checkScopes(image.value);
  return `${formOf(named.value)} ${matched(image.value, signed)}`;
}

function checkName(name: NamedReference): void {
  assert.deepEqual(parseNamedReference(formatReference(name)), name);
  assert.ok(repositoryName(name).length <= 255);
  assert.equal(name.path, name.path.toLowerCase());
  assert.match(name.tag ?? "t", /^\w[\w.-]{0,127}$/);
}

function checkScopes(image: ImageReference): void {
  const { scopes } = policySubject(dockerImage(image));
  const whole = formatReference(image);
  assert.equal(scopes[0], whole);
  assert.ok(scopes.includes(image.domain));
  assert.equal(new Set(scopes).size, scopes.length, "a scope comes twice");
  for (const scope of scopes.filter((scope) => !scope.startsWith("*."))) assert.ok(whole.startsWith(scope));
}

function matched(image: ImageReference, signed: string): string {
  const types = ["matchExact", "matchRepoDigestOrExact", "matchRepository"] as const;
  const matching = types.filter((type) => matchesIdentity({ type }, image, signed));
  if (matching.length === 0) return "";
  const name = parseNamedReference(signed);
  assert.equal(repositoryName(name), repositoryName(image), "another repository's signature counts");
  if (matching.includes("matchExact")) assert.equal(formatReference(name), formatReference(image));
  if (matching.includes("matchRepoDigestOrExact")) {
    assert.ok(image.digest !== undefined || formatReference(name) === formatReference(image));
  }
  return matching.join(" ");
}

function formOf({ domain, path, tag, digest }: NamedReference): string {
  const host = domain === "docker.io" ? "" : domain.includes(":") ? "host:port" : "host";
  const depth = path.split("/").length;
  return `accepted ${host} ${depth} ${tag === undefined ? "" : "tag"} ${digest === undefined ? "" : "digest"}`;
}
