import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import fc from "fast-check";
import type { HttpAnswer } from "./http-message.ts";
import type { RegistryClient } from "./registry-client.ts";
import { readSignatureList } from "./signature-list.ts";

const manifest = digestOf(Buffer.from("manifest"));
const { signal } = new AbortController();

/** What is read of a registry that answers so; undefined answers that it lists nothing. */
async function read(
  status: number | undefined,
  body: string | Uint8Array = "",
): Promise<readonly string[] | undefined> {
  const answer = { status, statusText: "Text", headers: {}, body: Buffer.from(body) };
  const client: Pick<RegistryClient, "getExtension"> = {
    async getExtension(path) {
      assert.equal(path, `signatures/${manifest}`);
      if (status === undefined) return undefined;
      return { type: "answer", url: new URL("https://h/"), ...answer } as HttpAnswer;
    },
  };
  const list = await readSignatureList("h.example/team/app", client, manifest, signal);
  return list?.map((bytes) => Buffer.from(bytes).toString());
}

const listed = (...signatures: readonly unknown[]): string => JSON.stringify({ signatures });
const entry = (members: object = {}) => ({
  schemaVersion: 2,
  name: "n",
  type: "atomic",
  content: "eA==",
  ...members,
});

describe("readSignatureList gives", () => {
  const rows: readonly (readonly [what: string, body: string, contents: readonly string[]])[] = [
    ["every signature in order", listed(entry(), entry({ content: "eQ==" })), ["x", "y"]],
    ["none of an empty list", listed(), []],
    ["none of nothing", "{}", []],
    ["none of null", "null", []],
    ["none of another version", listed(entry({ schemaVersion: 1 }), entry({ schemaVersion: undefined })), []],
    ["none of another type", listed(entry({ type: "x" }), entry({ type: undefined }), null), []],
    ["empty content as it is", listed(entry({ content: null })), [""]],
    ["names in any case", `{"Signatures":[{"SchemaVersion":2,"TYPE":"atomic","Content":"eA=="}]}`, ["x"]],
    [
      "the later of two lists, filled in from the earlier",
      `{"signatures":[${JSON.stringify(entry())}],"signatures":[{}]}`,
      ["x"],
    ],
  ];
  for (const [what, body, contents] of rows) {
    it(what, async () => assert.deepEqual(await read(200, body), contents));
  }

  it("nothing where the registry lists no signatures", async () =>
    assert.equal(await read(undefined), undefined));
});

describe("readSignatureList fails, and does not take for absence,", () => {
  const inList = `downloading signatures for ${manifest} in h.example/team/app: `;
  const rows: readonly (readonly [
    what: string,
    status: number,
    body: string,
    code: string,
    message: string,
  ])[] = [
    ["a list that is not there", 404, "", "REGISTRY_NOT_FOUND", `${inList}StatusCode: 404, ""`],
    [
      "a refusal",
      403,
      `{"errors":[{"code":"DENIED","message":"no"}]}`,
      "REGISTRY_DENIED",
      `${inList}denied: no`,
    ],
    [
      "a server's error",
      500,
      "",
      "REGISTRY_UNREACHABLE",
      `${inList}received unexpected HTTP status: 500 Text`,
    ],
    [
      "an empty answer",
      200,
      "",
      "REGISTRY_ANSWER_INVALID",
      "decoding signature list: unexpected end of JSON input",
    ],
    [
      "a list of texts",
      200,
      listed("x"),
      "REGISTRY_ANSWER_INVALID",
      "decoding signature list: json: cannot unmarshal string into Go struct field extensionSignatureList.signatures of type docker.extensionSignature",
    ],
    [
      "a version that is a text",
      200,
      listed(entry({ schemaVersion: "2" })),
      "REGISTRY_ANSWER_INVALID",
      "decoding signature list: json: cannot unmarshal string into Go struct field extensionSignature.signatures.schemaVersion of type int",
    ],
    [
      "content that is no base64",
      200,
      listed(entry({ content: "*" })),
      "REGISTRY_ANSWER_INVALID",
      "decoding signature list: illegal base64 data at input byte 0",
    ],
  ];
  for (const [what, status, body, code, message] of rows) {
    it(what, () => assert.rejects(read(status, body), { code, message }));
  }

  it("a list that is small to send and large to read", () =>
    assert.rejects(read(200, `{"x":[${"{},".repeat(400_000)}{}]}`), { code: "TOO_LARGE" }));

  it("anything else, by one code", () =>
    fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.json(),
          fc.json().map((json) => `{"signatures":[${json}]}`),
          fc.string(),
        ),
        async (body) => {
          try {
            await read(200, body);
          } catch (error) {
            assert.equal(CountersignError.from(error).code, "REGISTRY_ANSWER_INVALID");
          }
        },
      ),
    ));
});
