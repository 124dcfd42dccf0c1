import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { readLease } from "@countersign/cluster/election/lease-record";
import { leases } from "@countersign/cluster/kube/api-kind";
import { holdDirectory } from "@countersign/cluster/sync/state-lock";
import {
  type ApiServerOnHttp,
  apiServerOnHttp,
} from "@countersign/cluster/testing/api-server/api-server-on-http";
import { ObjectStore } from "@countersign/cluster/testing/api-server/object-store";
import {
  apply,
  clusterPolicy,
  namespaceObject,
  namespacePolicy,
} from "@countersign/cluster/testing/policy-objects";
import { parsePolicy } from "@countersign/engine/policy/parse-policy";
import { main } from "../main.ts";
import { recordingTerminal } from "../terminal.ts";

const program = join(import.meta.dirname, "../main.ts");

describe("countersign controller and sync", () => {
  let root: string;
  let store: ObjectStore;
  let http: ApiServerOnHttp;
  let controller: ChildProcess;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), "countersign-programs-"));
    store = new ObjectStore();
    http = await apiServerOnHttp(store);
    await writeFile(
      join(root, "kubeconfig"),
      JSON.stringify({
        "current-context": "here",
        contexts: [{ name: "here", context: { cluster: "c", user: "u" } }],
        clusters: [{ name: "c", cluster: { server: http.url } }],
        users: [{ name: "u", user: { token: "secret" } }],
      }),
    );
    apply(store, namespaceObject("shop"), clusterPolicy("signed"), namespacePolicy("shop", "own"));
    controller = spawn(process.execPath, [program, "controller", "--kubeconfig", join(root, "kubeconfig")]);
  });
  after(async () => {
    controller?.kill("SIGKILL");
    await http?.close();
    await rm(root, { recursive: true, force: true });
  });

  async function syncOnce(
    directory: string,
    ...flags: readonly string[]
  ): Promise<{ readonly code: unknown; readonly out: string }> {
    const below = (name: string) => join(root, directory, name);
    const sync = spawn(process.execPath, [
      ...[program, "sync", "--once", "--kubeconfig", join(root, "kubeconfig"), "--node-name", "n1"],
      ...["--signature-policy-dir", below("policies"), "--registries-d", below("registries.d")],
      ...["--state-dir", below("state"), "--known-namespaces", below("namespaces.json")],
      ...["--signature-policy", below("policy.json"), ...flags],
    ]);
    let out = "";
    for (const stream of [sync.stdout, sync.stderr]) {
      stream.on("data", (chunk) => {
        out += String(chunk);
      });
    }
    const [code] = await once(sync, "exit");
    return { code, out };
  }
  const fileText = (name: string) => readFile(join(root, name), "utf8");

  it("bring policies to files for the gateway, and end when that is done", async () => {
    const { code, out } = await syncOnce("gateway", "--target", "gateway");
    assert.equal(code, 0, out);
    assert.match(await fileText("gateway/policy.json"), /"countersign": 1[\s\S]*signed\.example/);
    assert.match(await fileText("gateway/policies/shop.json"), /own\.example/);
    const { namespaces, generation } = JSON.parse(await fileText("gateway/namespaces.json"));
    assert.deepEqual(namespaces, ["shop"]);
    const report = store.get(leases, { namespace: "countersign-system", name: "countersign-gateway-n1" });
    assert.equal(report?.metadata.annotations?.["policy.countersign.dev/generation"], String(generation));
  });

  it("leave alone what somebody else wrote, and say how to take it over", async () => {
    await mkdir(join(root, "mine"));
    await writeFile(join(root, "mine", "policy.json"), "{}");
    const { code, out } = await syncOnce("mine", "--target", "gateway", "--timeout", "3");
    assert.equal(code, 3, out);
    assert.match(out, /mine\/policy\.json was not written by countersign sync.*--adopt/);
    assert.equal(await fileText("mine/policy.json"), "{}");
  });

  it("let one sync at a time have a state directory, and one that was killed keep nobody out", async () => {
    const lock = await holdDirectory(join(root, "gateway", "state", "gateway"), "a sync");
    const { code, out } = await syncOnce("gateway", "--target", "gateway");
    assert.equal(code, 2, out);
    assert.match(out, new RegExp(`in use by "process ${process.pid} on .*--state-dir`));
    await lock.release();
    assert.equal((await syncOnce("gateway", "--target", "gateway")).code, 0);
  });

  it("tell of a namespace that goes by another file on the node", async () => {
    await writeFile(join(root, "gateway", "policies", "kept.json"), "theirs");
    apply(store, namespaceObject("kept"), namespacePolicy("kept", "own"));
    const leftOn = () =>
      store.get(leases, { namespace: "countersign-system", name: "countersign-gateway-n1" })?.metadata
        .annotations?.["policy.countersign.dev/namespaces-left"];
    for (let attempt = 0; leftOn() === undefined && attempt < 20; attempt++) {
      assert.equal((await syncOnce("gateway", "--target", "gateway")).code, 0);
    }
    assert.equal(leftOn(), "kept");
    assert.equal(await fileText("gateway/policies/kept.json"), "theirs");
    await rm(join(root, "gateway", "policies", "kept.json"));
    assert.equal((await syncOnce("gateway", "--target", "gateway")).code, 0);
    assert.equal(leftOn(), undefined);
    assert.match(await fileText("gateway/policies/kept.json"), /own\.example/);
  });

  it("bring policies to files for CRI-O, strict ones", async () => {
    const { code, out } = await syncOnce("crio", "--target", "crio");
    assert.equal(code, 0, out);
    for (const name of ["crio/policy.json", "crio/policies/shop.json"]) {
      const text = await fileText(name);
      assert.doesNotMatch(text, /countersign/);
      parsePolicy(Buffer.from(text), name);
    }
    assert.match(await fileText("crio/registries.d/countersign.yaml"), /signed\.example/);
  });

  it("end in order: the Lease is given back", async () => {
    controller.kill("SIGTERM");
    const [code] = await once(controller, "exit");
    assert.equal(code, 0);
    const lease = store.get(leases, { namespace: "countersign-system", name: "countersign-controller" });
    assert.ok(lease !== undefined);
    assert.equal(readLease(lease).holder, "");
  });
});

describe("countersign controller and sync refuse", () => {
  const refused: readonly (readonly [why: string, argv: readonly string[], message: RegExp])[] = [
    ["a sync without a target", ["sync"], /--target/],
    ["a sync without a node's name", ["sync", "--target", "crio"], /--node-name/],
    [
      "a node's name that is none",
      ["sync", "--target", "crio", "--node-name", "N_1"],
      /"N_1" is no node's name: those have lower-case letters/,
    ],
    [
      "a relative path",
      ["sync", "--target", "crio", "--node-name", "n", "--state-dir", "x"],
      /--state-dir x/,
    ],
    [
      "a timeout that is no number",
      ["sync", "--target", "crio", "--node-name", "n", "--once", "--timeout", "x"],
      /--timeout x/,
    ],
    // a namespace may be called policy, and its file would take the place of the one for all
    ...(
      [
        ["--signature-policy", "/etc/p/policy.json"],
        ["--known-namespaces", "/etc/p/./namespaces.json"],
        ["--registries-d", "/etc/p"],
        ["--state-dir", "/etc/p/"],
      ] as const
    ).map(
      ([flag, path]) =>
        [
          `${flag} among the files of namespaces`,
          ["sync", "--target", "gateway", "--node-name", "n", "--signature-policy-dir", "/etc/p", flag, path],
          new RegExp(`${flag} leads to a file in --signature-policy-dir`),
        ] as const,
    ),
    ["an address that is none", ["controller", "--metrics", "here"], /--metrics here is not HOST:PORT/],
    ["a namespace that is none", ["controller", "--system-namespace", "../x"], /namespace/],
    ["to run outside a cluster without a kubeconfig", ["controller"], /--kubeconfig/],
    ["a kubeconfig that is not there", ["controller", "--kubeconfig", "/nowhere"], /--kubeconfig \/nowhere/],
  ];
  for (const [why, argv, message] of refused) {
    it(why, async () => {
      const io = recordingTerminal();
      await main(argv, io);
      assert.equal(io.said.exitCode, 2);
      assert.match(io.said.err, message);
    });
  }
});

describe("the examples of countersign sync --help", () => {
  it("get as far as the way to the API server, which is not here", async () => {
    const help = recordingTerminal();
    await main(["sync", "--help"], help);
    const [, text = ""] = help.said.out.split("Examples:\n");
    const lines = [...text.matchAll(/^ {2}countersign (.*?)(?: {3}#.*)?$/gm)].map(([, line = ""]) => line);
    assert.ok(lines.length >= 3);
    for (const line of lines) {
      const argv = line.replace("$(hostname)", "n1").replace("/etc/", "/nonexistent/").split(" ");
      const io = recordingTerminal(line.includes("--kubeconfig") ? {} : { NODE_NAME: "n1" });
      await main(argv, io);
      assert.equal(io.said.exitCode, 2, line);
      assert.match(io.said.err, /^countersign: .*kubeconfig/, line);
    }
  });
});
