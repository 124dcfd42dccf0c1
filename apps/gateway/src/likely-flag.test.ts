import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseGatewayConfig } from "./config.ts";
import { parseVerifierCall } from "./image-verifier/verifier-call.ts";

const runtime = ["--runtime-endpoint", "unix:///run/containerd/containerd.sock"];
const parsers = {
  gateway: (flag: string) => parseGatewayConfig([...runtime, flag, "x"]),
  "image-verifier": (flag: string) => parseVerifierCall([flag, "x"]),
} as const;

const meant: readonly (readonly [command: keyof typeof parsers, typed: string, likely: string])[] = [
  ["gateway", "--signature-polcy", "--signature-policy"],
  ["gateway", "--signature-polcy=x", "--signature-policy"],
  ["gateway", "--signature-policy-dirs", "--signature-policy-dir"],
  ["gateway", "--Registries-D", "--registries-d"],
  ["gateway", "--policy", "--signature-policy"],
  ["gateway", "--policy-dir", "--signature-policy-dir"],
  ["image-verifier", "--signature-polcy", "--signature-policy"],
  ["image-verifier", "--signature-polcy=x", "--signature-policy"],
  ["image-verifier", "--policy", "--signature-policy"],
];

describe("a flag that there is not", () => {
  for (const [command, typed, likely] of meant) {
    it(`is asked about: ${command} ${typed}`, () =>
      assert.throws(() => parsers[command](typed), {
        code: "USAGE",
        message: new RegExp(`; did you mean ${likely}\\? See countersign ${command} --help$`),
      }));
  }

  for (const command of ["gateway", "image-verifier"] as const) {
    for (const typed of ["--nothing-like-it", `--${"a".repeat(5000)}`, "-", "-x"]) {
      it(`is not guessed at: ${command} ${typed.slice(0, 30)}`, () =>
        assert.throws(
          () => parsers[command](typed),
          (error: Error) => !error.message.includes("did you mean") && / --help$/.test(error.message),
        ));
    }
  }
});
