import assert from "node:assert/strict";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { startRegistry, type TestRegistry } from "@countersign/testkit/registry/registry";
import { type TemporaryRoot, temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { createSigningKit } from "@countersign/testkit/signing-kit/signing-kit";
import { parse } from "yaml";
import { main } from "../apps/cli/src/main.ts";
import { recordingTerminal } from "../apps/cli/src/terminal.ts";

/** Sets up the repository of docs/guide/policy-repository.md from the page itself, and runs what it shows. */
const page = await readFile(new URL("../docs/guide/policy-repository.md", import.meta.url), "utf8");

const files = [...page.matchAll(/^`([\w./-]+)`(, proposed)?\n\n```\w+\n([\s\S]*?)^```$/gm)].map(
  ([, name = "", proposed, content = ""]) => ({ name, content, isProposed: proposed !== undefined }),
);

/** Commands with what they print, in the order of the page. */
const transcripts = [...page.matchAll(/^```console\n([\s\S]*?)^```$/gm)].flatMap(([, block = ""]) =>
  block
    .split(/^\$ /m)
    .slice(1)
    .map((entry) => {
      const [command = "", ...output] = entry.split("\n");
      return { command, output: output.join("\n") };
    }),
);

let root: TemporaryRoot;
let registry: TestRegistry;

before(async () => {
  root = temporaryRoot();
  registry = await startRegistry();
  const kit = createSigningKit();
  const { digest } = registry.image("shop/app:v1");
  const image = { digest, reference: "registry.example/shop/app" };
  registry.attachSignatures("shop/app", digest, [kit.sign(kit.key("release"), image)]);
  registry.image("shop/app:v2-dev", { files: { "dev.txt": "dev" } });
  root.write(
    "home/me/.config/containers/registries.conf",
    `[[registry]]\nprefix = "registry.example"\nlocation = "${registry.address}"\ninsecure = true\n`,
  );
  root.write(
    "home/me/.config/containers/registries.d/all.yaml",
    "default-docker: {use-sigstore-attachments: true}\n",
  );
  root.write("here/keys/release.pub", kit.key("release").publicKeyPem);
  await writeFiles(false);
  process.chdir(join(root.path, "here"));
});

after(async () => {
  process.chdir("/");
  await registry.close();
  root[Symbol.dispose]();
});

async function writeFiles(isProposed: boolean): Promise<void> {
  for (const { name, content } of files.filter((file) => file.isProposed === isProposed)) {
    const path = join(root.path, "here", name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
}

async function run(command: string) {
  const io = recordingTerminal({ HOME: join(root.path, "home/me") });
  const [program, ...argv] = command.split(" ");
  assert.equal(program, "countersign");
  await main(argv, io);
  return io.said;
}

/** Digests of the policies are as long as one likes; a mirror's own name is where the tests' registry is. */
const comparable = (text: string) =>
  text
    .replaceAll(registry.address, "registry.example")
    .replace(/sha256:[0-9a-f]{64}/g, (digest) => digest.slice(0, 19))
    .replace(/the lookaside \S+\/sigstore/g, "the lookaside /var/lib/containers/sigstore");

describe("docs/guide/policy-repository.md", () => {
  it("shows files and commands", () => {
    assert.deepEqual(
      files.map(({ name }) => name),
      ["policy.json", "policies/lab.json", "images.yaml", "policies/lab.json"],
    );
    assert.equal(transcripts.length, 6);
  });

  it("shows what its commands print, before the change and after it", async () => {
    for (const { command, output } of transcripts.slice(0, 3)) {
      const said = await run(command);
      assert.equal(comparable(said.out), output, command);
      assert.equal(said.exitCode, 0, command);
    }
    await cp(".", "../main", { recursive: true });
    await writeFiles(true);
    const asked = registry.requests.length;
    for (const { command, output } of transcripts.slice(3)) {
      const said = await run(command);
      assert.equal(comparable(said.out), output, command);
      assert.equal(said.exitCode, 1, command);
    }
    assert.equal(registry.requests.length, asked, "the pipeline asks no registry");
  });

  it("shows a pipeline whose commands are right", async () => {
    const [, pipeline = ""] = /^```yaml\n(on: [\s\S]*?)^```$/m.exec(page) ?? [];
    const steps: readonly { readonly run?: string }[] = parse(pipeline).jobs.policies.steps;
    const commands = steps
      .map(({ run: line = "" }) => line)
      .filter((line) => line.startsWith("countersign "));
    assert.equal(commands.length, 3);
    for (const command of commands) {
      const said = await run(command.replace(/ (?:>|\|\|) .*$/, ""));
      assert.equal(said.err, "", command);
      assert.ok(said.exitCode <= 1, command);
    }
  });
});
