import assert from "node:assert/strict";
import type { HttpAnswer, HttpRequest } from "@countersign/sources/registry/http-message";
import { redactUrl } from "@countersign/sources/registry/redact-url";
import { followRedirects } from "@countersign/sources/registry/redirects";
import { mutateText } from "../mutate/text.ts";
import { shapeOf } from "../outcome.ts";
import type { Target } from "../target.ts";

/**
 * Where a registry sends us: a `Location` a line. Credentials go to its own origin only, and never again once it was
 * left; from HTTPS there is no way to HTTP; and it ends.
 */
export function openTarget(): Target {
  return { seeds: chains.map((chain) => Buffer.from(chain)), mutate, check };
}

const home = new URL("https://registry.example:5000/v2/a/manifests/v1");
const chains = [
  "/v2/b\nhttps://cdn.example/x?token=abc\nhttps://registry.example:5000/back",
  "http://registry.example:5000/x",
  "//registry.example:5000/x\nhttps://user:password@registry.example:5000/x\n../../x\n?y",
  Array.from({ length: 12 }, (_, at) => `/${at}`).join("\n"),
];

const mutate = mutateText([
  ...([
    "https://",
    "http://",
    "//",
    "registry.example:5000",
    "registry.example",
    "cdn.example",
    "user:pw@",
    "@",
  ] as const),
  ...[
    "\\",
    "/",
    "..",
    "?",
    "#",
    "%2f",
    ":443",
    ":5000",
    "\t",
    " ",
    "[::1]",
    "javascript:",
    "file:///",
    "é",
    "xn--",
  ],
  ...["REGISTRY.example:5000", "\u3002example", "0x7f.1"],
]);

async function check(input: Uint8Array): Promise<string> {
  const locations = Buffer.from(input).toString("latin1").split("\n");
  const asked: URL[] = [];
  let hasLeft = false;
  const first: HttpRequest = {
    method: "GET",
    url: home,
    headers: { Authorization: "secret" },
    confidential: { "x-secret": ["secret"] },
    bodyLimit: 1,
  };
  const end = await followRedirects(first, async (request, atHome) => {
    const { url, headers, confidential } = request;
    hasLeft ||= url.origin !== home.origin;
    assert.equal(atHome, !hasLeft);
    assert.equal(
      JSON.stringify([headers, confidential ?? {}]).includes("secret"),
      atHome,
      `secrets for ${url.origin}`,
    );
    assert.equal(url.protocol, "https:");
    assert.equal(url.username + url.password + url.hash, "");
    redactUrl(url);
    const location = locations[asked.length];
    asked.push(url);
    return answerOf(url, location === undefined ? {} : { location });
  });
  assert.ok(asked.length <= 11, "it goes on and on");
  const how = end.type === "failure" ? shapeOf(end.reason.replace(/ at \S+, refused$/, "")) : "answered";
  return `${how} ${Math.min(asked.length, 4)} ${hasLeft}`;
}

function answerOf(url: URL, headers: HttpAnswer["headers"]): HttpAnswer {
  return {
    type: "answer",
    url,
    status: "location" in headers ? 307 : 200,
    statusText: "",
    headers,
    body: Buffer.of(),
  };
}
