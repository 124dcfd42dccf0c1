import assert from "node:assert/strict";
import { lookUpAuth, parseAuthFile } from "@countersign/sources/credentials/auth-file";
import { mutateJson } from "../mutate/json.ts";
import { reading } from "../outcome.ts";
import type { Target } from "../target.ts";

/** An auth.json. Whatever is wrong with it, the message does not repeat a secret. */
export function openTarget(): Target {
  return { seeds: seeds.map((seed) => Buffer.from(JSON.stringify(seed))), mutate, check };
}

const secret = "hunter2hunter2";
const auth = Buffer.from(`me:${secret}`).toString("base64");
const seeds: readonly unknown[] = [
  {
    auths: {
      "registry.example": { auth },
      "registry.example/a": { auth, identitytoken: secret },
      "https://x/v1/": {},
    },
  },
  { credHelpers: { "registry.example": "secretservice" }, credsStore: "desktop", auths: {} },
  { "registry.example": { auth, email: "a@b" }, "https://index.docker.io/v1/": { auth } },
];

const mutate = mutateJson({
  names: [
    ...([
      "auths",
      "auth",
      "identitytoken",
      "credHelpers",
      "credsStore",
      "Auths",
      "username",
      "password",
    ] as const),
    ...[
      "registry.example",
      "registry.example/a/b",
      "http://registry.example",
      "https://registry.example/v2/",
      "docker.io",
    ],
  ],
  values: [auth, `${auth}\n`, auth.slice(1), secret, "", "bWU6", "OnB3", "desktop", "../x", "a\u0000b"],
});

function check(input: Uint8Array): string {
  const outcomes = (["json", "dockercfg"] as const).map((format) => {
    const file = reading(["CREDENTIALS_UNREADABLE"], () => parseAuthFile(input, format));
    if (file.type === "refused") return withoutSecrets(file);
    const found = ["registry.example/a/b", "docker.io/library/x"].map((repository) => {
      const read = reading(["CREDENTIALS_UNREADABLE"], () => lookUpAuth(file.value, repository));
      return read.type === "refused" ? withoutSecrets(read) : (read.value?.type ?? "none");
    });
    return `accepted ${file.value.credsStore !== undefined} ${Math.min(file.value.auths.size, 3)} ${found}`;
  });
  return outcomes.join("; ");
}

/** A key may be anything, and is shown: only what stands where secrets do must not be. */
function withoutSecrets({
  message,
  outcome,
}: {
  readonly message: string;
  readonly outcome: string;
}): string {
  const told = message.replaceAll(/\["(?:[^"\\]|\\.)*"\]|entry "(?:[^"\\]|\\.)*"/g, "");
  assert.ok(!told.includes(secret) && !told.includes(auth), `a secret in a message: ${message}`);
  return outcome;
}
