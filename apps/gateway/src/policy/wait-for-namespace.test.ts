import assert from "node:assert/strict";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { printKnownNamespaces } from "@countersign/sources/known-namespaces/known-namespaces";
import { manualTiming } from "@countersign/testkit/registry/manual-timing";
import { openNode } from "../testing/node-in-process.ts";
import { parseNamespace } from "./namespace.ts";
import { policyFilesOnDisk } from "./policy-files.ts";
import type { PolicyInForce, PolicySource } from "./policy-store.ts";
import { type NamespaceWaiting, waitForNamespaces } from "./wait-for-namespace.ts";

const list = (generation: number, ...namespaces: readonly string[]) =>
  printKnownNamespaces({ generation, namespaces: new Set(namespaces) });
const inForce = { file: "/policy.json", origin: "global" } as PolicyInForce;

describe("waitForNamespaces", () => {
  let folder: string;
  let file: string;
  let events: string[];
  let policies: PolicySource;
  let slept: readonly number[];
  /** what happens while a pod waits, at its next look */
  let meanwhile: (() => Promise<unknown>) | undefined;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "known-namespaces-"));
    file = join(folder, "namespaces.json");
    events = [];
    meanwhile = undefined;
    const timing = manualTiming();
    slept = timing.slept;
    const waiting: NamespaceWaiting = {
      ...{ file, files: policyFilesOnDisk, patience: 1_000 },
      bootstrap: new Set(["kube-system"]),
      timing: {
        ...timing,
        async sleep(milliseconds, signal) {
          await meanwhile?.();
          await timing.sleep(milliseconds, signal);
        },
      },
      events: {
        began: () => events.push("began"),
        ended: (outcome) => events.push(outcome),
        broke: (reason) => events.push(`broke: ${reason.replaceAll(folder, "")}`),
        mended: () => events.push("mended"),
      },
    };
    policies = waitForNamespaces({ policyFor: async () => inForce }, waiting);
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function put(content: string): Promise<void> {
    await writeFile(`${file}.new`, content);
    await rename(`${file}.new`, file);
  }
  const ask = (namespace: string) => policies.policyFor(parseNamespace(namespace));
  const refused = (namespace: string, message: RegExp) =>
    assert.rejects(ask(namespace), { code: "NAMESPACE_UNKNOWN", message });

  it("lets a known namespace go by its policy at once", async () => {
    await put(list(1, "shop"));
    assert.equal(await ask("shop"), inForce);
    assert.deepEqual([slept, events], [[], []]);
  });

  it("has a pod of a new namespace wait until its policies are there", async () => {
    await put(list(1, "shop"));
    meanwhile = () => put(list(2, "shop", "new"));
    assert.equal(await ask("new"), inForce);
    assert.deepEqual(events, ["began", "known"]);
  });

  it("refuses one that does not come in time, saying where to look", async () => {
    await put(list(1, "shop"));
    await refused(
      "new",
      /namespace "new" are not on this node: .* does not name it; see whether countersign sync/,
    );
    assert.equal(slept.reduce((a, b) => a + b) >= 1_000, true);
    assert.deepEqual(events, ["began", "refused"]);
  });

  it("lets pods through that bring up what the others wait for, and calls without a pod", async () => {
    assert.equal(await ask("kube-system"), inForce);
    assert.equal(await ask(""), inForce);
  });

  const broken: readonly (readonly [what: string, breakIt: () => Promise<unknown>, why: RegExp])[] = [
    ["vanishes", () => rm(file), /there is no .*namespaces\.json/],
    ["is nonsense", () => put("{"), /namespaces\.json: /],
    ["is empty", () => put(""), /namespaces\.json: /],
    ["is an empty object", () => put("{}"), /namespaces\.json: /],
    ["is of another version", () => put(list(9, "shop").replace("1", "2")), /version is not known/],
    ["has an unknown member", () => put(list(9, "shop").replace("{", '{"more":1,')), /more/],
    [
      "names a generation that is no number",
      () => put(list(9, "shop").replace(":9", ':"9"')),
      /whole number/,
    ],
    ["is older than it was", () => put(list(4, "shop")), /publication 4, and 5 was here already/],
    [
      "is a directory",
      async () => {
        await rm(file);
        await mkdir(file);
      },
      /namespaces\.json/,
    ],
  ];
  for (const [what, breakIt, why] of broken) {
    it(`refuses what was known before once the file ${what}, and mends by itself`, async () => {
      await put(list(5, "shop"));
      await ask("shop");
      await breakIt();
      await refused("shop", why);
      await rm(file, { recursive: true, force: true });
      await put(list(6, "shop"));
      assert.equal(await ask("shop"), inForce);
      assert.equal(events.filter((event) => event.startsWith("broke")).length, 1, "told once");
      assert.equal(events.at(-1), "mended");
    });
  }

  it("refuses when there never was a file", async () => {
    await refused("shop", /there is no .*namespaces\.json/);
  });

  it("looks once for many who ask at the same time", async () => {
    await put(list(1, "a"));
    const later = put(list(2, "a", "b", "c"));
    meanwhile = () => later;
    assert.deepEqual(await Promise.all([ask("b"), ask("c"), ask("b")]), [inForce, inForce, inForce]);
  });
});

describe("a gateway with --known-namespaces", () => {
  it("pulls for a namespace when its policies are there, and refuses before with the reason", async () => {
    const folder = await mkdtemp(join(tmpdir(), "known-namespaces-"));
    const file = join(folder, "namespaces.json");
    await writeFile(file, list(1, "shop"));
    const node = await openNode({ config: { knownNamespaces: file, namespaceWait: 50 } });
    try {
      node.publishSigned("signed/app:v1");
      await node.pull("signed/app:v1", "shop");
      await assert.rejects(node.pull("signed/app:v1", "new"), {
        message: /SignatureValidationFailed: the cluster's policies for namespace "new" are not on this node/,
      });
      await node.pull("signed/app:v1", "kube-system");
      const pod = await node.runPod("new");
      const image = node.reference("signed/app:v1");
      await assert.rejects(node.create(pod, { image, name: image }), { message: /are not on this node/ });
      await writeFile(file, list(2, "shop", "new"));
      await node.pull("signed/app:v1", "new");
      assert.equal(
        node.auditLines().some(({ code }) => code === "NAMESPACE_UNKNOWN"),
        true,
      );
    } finally {
      await node[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    }
  });
});
