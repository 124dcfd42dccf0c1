import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import type { HttpAnswer } from "./http-message.ts";
import { noReferrersMemory } from "./referrers-memory.ts";
import type { RegistryClient } from "./registry-client.ts";
import { type RepositoryReader, repositoryReader } from "./repository-reader.ts";

const { signal } = new AbortController();

function answer(status: number, body: string, contentType?: string): HttpAnswer {
  const headers = contentType === undefined ? {} : { "content-type": contentType };
  return {
    type: "answer",
    url: new URL("https://h/"),
    status,
    statusText: "Text",
    headers,
    body: Buffer.from(body),
  };
}
const errors = (code: string, message?: string): string => JSON.stringify({ errors: [{ code, message }] });

/** A reader of a repository whose registry gives one answer to everything, or fails. */
function reader(result: HttpAnswer | CountersignError): RepositoryReader {
  const answered = async (): Promise<HttpAnswer> => {
    if (result instanceof CountersignError) throw result;
    return result;
  };
  const client: RegistryClient = {
    get: answered,
    getExtension: answered,
    getReferrers: answered,
    address: "h.example/app",
  };
  return repositoryReader("h.example/app", client, noReferrersMemory);
}

describe("repositoryReader.manifest", () => {
  it("gives the bytes as served and their type without parameters", async () =>
    assert.deepEqual(await reader(answer(200, "{}", "text/x; charset=utf-8")).manifest("v1", signal), {
      bytes: Buffer.from("{}"),
      mediaType: "text/x",
    }));
  it("gives no type when none is said", async () =>
    assert.equal((await reader(answer(200, "{}")).manifest("v1", signal)).mediaType, ""));
  it("names what it did not get", () =>
    assert.rejects(reader(answer(404, errors("MANIFEST_UNKNOWN"))).manifest("v1", signal), {
      code: "REGISTRY_NOT_FOUND",
      message: "reading manifest v1 in h.example/app: manifest unknown",
    }));
  it("names what is too large", () =>
    assert.rejects(
      reader(new CountersignError("TOO_LARGE", "exceeded maximum allowed size of 1 bytes")).manifest(
        "v1",
        signal,
      ),
      {
        code: "TOO_LARGE",
        message: "reading manifest body v1 in h.example/app: exceeded maximum allowed size of 1 bytes",
      },
    ));
  it("names what is small and has too many parts", () =>
    assert.rejects(reader(answer(200, `[${"{},".repeat(300_000)}{}]`)).manifest("v1", signal), {
      code: "TOO_LARGE",
      message:
        "reading manifest body v1 in h.example/app: it has 600002 JSON values and names, more than the 500000 that are read",
    }));
  it("gives four megabytes of few parts", async () => {
    const manifest = JSON.stringify({ annotations: { a: "x".repeat(4_000_000) } });
    const { bytes } = await reader(answer(200, manifest)).manifest("v1", signal);
    assert.equal(bytes.length, manifest.length);
  });
  it("leaves other trouble as it is", () =>
    assert.rejects(reader(new CountersignError("REGISTRY_UNREACHABLE", "no")).manifest("v1", signal), {
      code: "REGISTRY_UNREACHABLE",
      message: "no",
    }));
});

describe("repositoryReader.findManifest takes for absent", () => {
  const rows: readonly (readonly [what: string, answer: HttpAnswer])[] = [
    ["the code for it", answer(404, errors("MANIFEST_UNKNOWN"))],
    ["the code for it under another status", answer(400, errors("MANIFEST_UNKNOWN", "x"))],
    ["what Red Hat's registry says", answer(404, errors("UNKNOWN", "Not Found"))],
    ["what Harbor says", answer(404, errors("UNKNOWN", "path app:x: not found"))],
    ["an unknown code that says so", answer(404, errors("NOT_FOUND", "not found"))],
    ["404 with a page", answer(404, "<html>")],
    ["404 with nothing", answer(404, "")],
    ["404 with an empty list", answer(404, '{"errors":[]}')],
    ["404 with a list that cannot be read", answer(404, `{"errors":[{"code":404,"message":"huh"}]}`)],
  ];
  for (const [what, refused] of rows) {
    it(what, async () => assert.equal(await reader(refused).findManifest("x", signal), undefined));
  }
});

describe("repositoryReader.findManifest never takes for absent", () => {
  const rows: readonly (readonly [what: string, answer: HttpAnswer, code: string])[] = [
    ["an unknown repository", answer(404, errors("NAME_UNKNOWN")), "REGISTRY_NOT_FOUND"],
    [
      "a first error of another kind",
      answer(404, JSON.stringify({ errors: [{ code: "DENIED" }, { code: "MANIFEST_UNKNOWN" }] })),
      "REGISTRY_DENIED",
    ],
    ["an unknown error", answer(404, errors("UNKNOWN", "huh")), "REGISTRY_NOT_FOUND"],
    ["an error without a code", answer(404, `{"errors":[{"message":"not found"}]}`), "REGISTRY_NOT_FOUND"],
    ["401", answer(401, ""), "REGISTRY_DENIED"],
    ["403 with a page", answer(403, "x"), "REGISTRY_DENIED"],
    ["429", answer(429, ""), "REGISTRY_UNREACHABLE"],
    ["500", answer(500, errors("MANIFEST_UNKNOWN")), "REGISTRY_UNREACHABLE"],
    ["a redirect to nowhere", answer(302, ""), "REGISTRY_ANSWER_INVALID"],
    ["204", answer(204, ""), "REGISTRY_ANSWER_INVALID"],
  ];
  for (const [what, refused, code] of rows) {
    it(what, () => assert.rejects(reader(refused).findManifest("x", signal), { code }));
  }
});

describe("repositoryReader.blob", () => {
  const bytes = Buffer.from("blob");
  const digest = digestOf(bytes);
  it("gives what its digest says", async () =>
    assert.deepEqual(await reader(answer(200, "blob")).blob(digest, 10, signal), bytes));
  it("checks a digest of another algorithm too", async () => {
    const other = digestOf(bytes, "sha512");
    assert.deepEqual(await reader(answer(200, "blob")).blob(other, 10, signal), bytes);
    await assert.rejects(reader(answer(200, "evil")).blob(other, 10, signal), {
      code: "REGISTRY_ANSWER_INVALID",
    });
  });
  it("refuses anything else", () =>
    assert.rejects(reader(answer(200, "evil")).blob(digest, 10, signal), {
      code: "REGISTRY_ANSWER_INVALID",
      message: `digest mismatch, expected "${digest}", got "${digestOf(Buffer.from("evil"))}"`,
    }));
  it("fails when there is none", () =>
    assert.rejects(reader(answer(404, errors("BLOB_UNKNOWN"))).blob(digest, 10, signal), {
      code: "REGISTRY_NOT_FOUND",
      message: "fetching blob: blob unknown",
    }));
  it("names what is too large", () =>
    assert.rejects(reader(new CountersignError("TOO_LARGE", "too much")).blob(digest, 10, signal), {
      code: "TOO_LARGE",
      message: `reading blob ${digest} in h.example/app: too much`,
    }));
});
