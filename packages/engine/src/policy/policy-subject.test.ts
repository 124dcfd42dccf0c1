import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatReference } from "../values/image-reference.ts";
import { parseLocatedImage } from "../values/parse-located-image.ts";
import { type PolicySubject, policySubject } from "./policy-subject.ts";
import { isValidScope } from "./scope-grammar.ts";

const hex = "0123456789abcdef".repeat(4);
const sha256 = `sha256:${hex}`;

/** Every relative path is below /links/, which leads to /real. */
function resolvePath(path: string): string {
  return path.startsWith("/") ? path.replace(/^\/links(?=\/|$)/, "/real") : `/real/${path}`;
}
const subjectOf = (text: string): PolicySubject => policySubject(parseLocatedImage(text, resolvePath));

interface Expected {
  readonly scopes: readonly string[];
  readonly reference?: string;
}

const named = (name: string, ...more: readonly string[]): Expected => ({
  scopes: [name, ...more],
  reference: name,
});

describe("policySubject finds for", () => {
  const images: Readonly<Record<string, Expected>> = {
    "docker://h.ex.com:8443/a/b:t": named(
      "h.ex.com:8443/a/b:t",
      ...["h.ex.com:8443/a/b", "h.ex.com:8443/a", "h.ex.com:8443", "*.ex.com", "*.com"],
    ),
    "atomic:h.ex.com:8443/a/b:t": named(
      "h.ex.com:8443/a/b:t",
      ...["h.ex.com:8443/a/b", "h.ex.com:8443/a", "h.ex.com:8443", "*.ex.com", "*.com"],
    ),
    "docker-daemon:a:t": named(
      "docker.io/library/a:t",
      ...["docker.io/library/a", "docker.io/library", "docker.io", "*.io"],
    ),
    [`docker-daemon:h/a@${sha256}`]: named(
      `docker.io/h/a@${sha256}`,
      ...["docker.io/h/a", "docker.io/h", "docker.io", "*.io"],
    ),
    [`docker-daemon:${sha256}`]: { scopes: [] },
    "docker-archive:/a/b.tar": { scopes: [] },
    "docker-archive:/a/b.tar:c": { scopes: [], reference: "docker.io/library/c:latest" },
    "docker-archive:/a/b.tar:@0": { scopes: [] },
    "tarball:/a/b:c": { scopes: [] },
    "dir:/a/b/c": { scopes: ["/a/b/c", "/a/b", "/a"] },
    "dir:/links/a": { scopes: ["/real/a", "/real"] },
    "dir:a/b": { scopes: ["/real/a/b", "/real/a", "/real"] },
    "dir:/": { scopes: [] },
    "sif:/a/b.sif": { scopes: ["/a/b.sif", "/a"] },
    "oci:/a/b": { scopes: ["/a/b", "/a"] },
    "oci:/a/b:v1": { scopes: ["/a/b", "/a"] },
    "oci:/links/b:@3": { scopes: ["/real/b", "/real"] },
    "oci-archive:/a/b.tar:v1": { scopes: ["/a/b.tar", "/a"] },
    "containers-storage:[vfs@/s]h.io/a/b:t": {
      scopes: [
        ...["[vfs@/s]h.io/a/b:t", "[vfs@/s]h.io/a/b", "[vfs@/s]h.io/a", "[vfs@/s]h.io", "[vfs@/s]", "[/s]"],
      ],
      reference: "h.io/a/b:t",
    },
    [`containers-storage:[vfs@/s+/run:o]h.io/a@${sha256}`]: {
      scopes: [`[vfs@/s]h.io/a@${sha256}`, "[vfs@/s]h.io/a", "[vfs@/s]h.io", "[vfs@/s]", "[/s]"],
      reference: `h.io/a@${sha256}`,
    },
    [`containers-storage:[vfs@/s]h.io/a:t@${hex}`]: {
      scopes: [
        `[vfs@/s]h.io/a:t@${hex}`,
        ...["[vfs@/s]h.io/a:t", "[vfs@/s]h.io/a", "[vfs@/s]h.io", "[vfs@/s]", "[/s]"],
      ],
      reference: "h.io/a:t",
    },
    [`containers-storage:[vfs@/s]h.io/a:t@${sha256}@${hex}`]: {
      scopes: [
        ...[`[vfs@/s]h.io/a:t@${sha256}@${hex}`, `[vfs@/s]h.io/a:t@${sha256}`, "[vfs@/s]h.io/a:t"],
        ...["[vfs@/s]h.io/a", "[vfs@/s]h.io", "[vfs@/s]", "[/s]"],
      ],
      reference: `h.io/a:t@${sha256}`,
    },
    [`containers-storage:[vfs@/s]@${hex}`]: { scopes: [`[vfs@/s]@${hex}`, "[vfs@/s]", "[/s]"] },
  };
  for (const [text, { scopes, reference }] of Object.entries(images)) {
    it(text, () => {
      const subject = subjectOf(text);
      assert.equal(subject.transport, text.split(":")[0]);
      assert.deepEqual(subject.scopes, scopes);
      assert.equal(subject.reference && formatReference(subject.reference), reference);
    });
    it(`${text} only scopes that a policy may name`, () =>
      assert.deepEqual(
        subjectOf(text).scopes.filter((scope) => !isValidScope(subjectOf(text).transport, scope)),
        [],
      ));
  }
});
