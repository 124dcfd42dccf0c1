import assert from "node:assert/strict";
import type { RegistryCredentials } from "@countersign/sources/credentials/credentials";
import { parseAuthChallenges } from "@countersign/sources/registry/auth-challenge";
import { tokenRequest } from "@countersign/sources/registry/bearer-token";
import { simpleMediaType } from "@countersign/sources/registry/media-type";
import { mutateText } from "../mutate/text.ts";
import { reading, shapeOf } from "../outcome.ts";
import type { Target } from "../target.ts";

/**
 * Headers of a registry that lead somewhere: `WWW-Authenticate`, one a line. Whatever they say, what asks for a token
 * goes over HTTPS when the registry was asked so, carries nothing but our own credentials, and those where they belong.
 */
export function openTarget(): Target {
  return { seeds: headers.map((header) => Buffer.from(header)), mutate, check };
}

const headers = [
  'Bearer realm="https://auth.example/token",service="registry.example",scope="repository:a/b:pull"',
  'Basic realm="registry"',
  "Negotiate abc==, Bearer realm=https://a.example/x?y=z, service=s\nBasic",
  'Bearer realm="https://user:password@auth.example:8443/t#f", error="invalid_token"',
];

const mutate = mutateText([
  ...([
    "Bearer ",
    "Basic ",
    "realm=",
    "service=",
    "scope=",
    "error=",
    '"',
    '\\"',
    "\\",
    ",",
    ", ",
    " = ",
    "=",
  ] as const),
  ...[
    "https://",
    "http://",
    "ftp://",
    "//auth.example",
    "user:password@",
    "#",
    "?",
    "&",
    "%",
    "%zz",
    "[::1]",
    ":0",
  ],
  ...["application/json; charset=utf-8", ";", "\t", "\u0000", "é", "a".repeat(300)],
]);

const credentials: readonly (RegistryCredentials | undefined)[] = [
  undefined,
  { type: "basic", username: "me", password: "secret" },
  { type: "identityToken", token: "secret" },
];
const registry = new URL("https://registry.example/v2/");

function check(input: Uint8Array): string {
  const lines = Buffer.from(input).toString("latin1").split("\n");
  const challenges = parseAuthChallenges(lines);
  const outcomes: string[] = lines.map(simpleMediaType).map((type) => (type === "" ? "" : "media type"));
  for (const challenge of challenges.slice(0, 20)) {
    assert.match(challenge.scheme, /^[^\sA-Z,="]+$/);
    for (const who of credentials) {
      const request = reading(["REGISTRY_ANSWER_INVALID"], () =>
        tokenRequest(challenge, ["repository:a:pull"], who, registry),
      );
      if (request.type === "refused") {
        outcomes.push(shapeOf(request.message.replace(/ to \S+, refused$/, "")));
        continue;
      }
      const { url, headers, method } = request.value;
      assert.equal(url.protocol, "https:");
      assert.equal(url.username + url.password + url.hash, "");
      assert.ok(!url.href.includes("secret"), "credentials are in the address");
      assert.equal("authorization" in headers, who?.type === "basic");
      outcomes.push(`${challenge.scheme === "bearer"} ${method} ${challenge.parameters.has("service")}`);
    }
  }
  return [...new Set(outcomes)].sort().join("; ");
}
