import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { credentialsFor } from "./call-credentials.ts";

const credentials = { type: "basic", username: "u", password: "p" } as const;

describe("credentialsFor", () => {
  const rows: readonly (readonly [why: string, server: string | undefined, host: string, shown: boolean])[] =
    [
      ["shows anyone what names nobody", undefined, "registry.example", true],
      ["shows the registry that is named", "registry.example", "registry.example", true],
      [
        "shows the registry that is named by an address",
        "https://Registry.Example/v2/",
        "registry.example",
        true,
      ],
      ["shows the registry that is named with its port", "http://r.example:5000", "r.example:5000", true],
      ["shows docker.io what names its old address", "https://index.docker.io/v1/", "docker.io", true],
      ["shows Docker's server what names docker.io", "docker.io", "registry-1.docker.io", true],
      ["shows nobody else", "registry.example", "evil.example", false],
      ["shows no other port", "registry.example", "registry.example:5000", false],
      ["shows nobody below", "registry.example", "a.registry.example", false],
      ["shows nobody what names something else", "registry.example.evil.example", "registry.example", false],
      ["shows nobody what names nothing readable", "://", "registry.example", false],
    ];
  for (const [why, server, host, shown] of rows) {
    it(why, () =>
      assert.equal(credentialsFor({ credentials, server }, host), shown ? credentials : undefined),
    );
  }
  it("shows nothing when the call had none", () => assert.equal(credentialsFor(undefined, "r"), undefined));
});
