import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import { version } from "@countersign/gateway/version";
import { type TemporaryRoot, temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { parse } from "yaml";

/**
 * What deploy/image/Containerfile says, done without a builder of images: its build stage in an empty directory, but for
 * packages, which are those of the clone, and the result run from where the image has it.
 */
const root = resolve(import.meta.dirname, "..");
const text = readFileSync(join(root, "deploy/image/Containerfile"), "utf8");

interface Instruction {
  readonly name: string;
  readonly words: readonly string[];
}

const instructions: readonly Instruction[] = text
  .split("\n")
  .filter((line) => !/^(#.*)?$/.test(line))
  .map((line) => {
    const [name = "", ...words] = line.split(" ");
    return { name, words };
  });
const starts = instructions.flatMap(({ name }, at) => (name === "FROM" ? [at] : []));
const stages = starts.map((start, at) => instructions.slice(start, starts[at + 1]));
const [build = [], result = []] = stages;
const only = (stage: readonly Instruction[], name: string) => {
  const [found, ...more] = stage.filter((one) => one.name === name);
  assert.ok(found !== undefined && more.length === 0, name);
  return found.words;
};

describe("the image", () => {
  let directory: TemporaryRoot;
  before(() => {
    directory = temporaryRoot();
  });
  after(() => directory[Symbol.dispose]());

  /** Follows the build stage. What is run must be what this test knows how to do. */
  function built(name: string): string {
    const at = join(directory.path, name);
    mkdirSync(at);
    for (const { name: instruction, words } of build) {
      if (instruction === "COPY") copy(at, words);
      if (instruction === "RUN") run(at, words.join(" "));
    }
    return join(at, "dist");
  }

  function copy(at: string, words: readonly string[]): void {
    const to = words.at(-1) ?? "";
    for (const from of words.slice(0, -1)) {
      const target = /\/$/.test(to) ? join(at, to, basename(from)) : join(at, to);
      cpSync(join(root, from), target, {
        recursive: true,
        filter: (path) => basename(path) !== "node_modules",
      });
    }
  }

  function run(at: string, command: string): void {
    if (command === "npm ci --ignore-scripts") {
      // from package-lock.json, as in the clone
      assert.ok(existsSync(join(at, "package-lock.json")));
      symlinkModules(at);
      return;
    }
    const path = `${join(at, "node_modules/.bin")}:${process.env["PATH"]}`;
    execFileSync("sh", ["-ec", command.replace(/^npm run (\S+)$/, (_all, script) => scriptOf(at, script))], {
      cwd: at,
      env: { PATH: path },
      stdio: "pipe",
    });
  }

  it("is built from what the Containerfile copies, into the same bytes wherever that is", () => {
    const [one, other] = [built("one"), built("elsewhere")];
    assert.ok(digests(one).size > 20);
    assert.deepEqual(digests(one), digests(other));
  });

  it("starts in an empty environment, by the Node that is in it", () => {
    const dist = join(directory.path, "one/dist");
    const [from, to] = only(result, "COPY").slice(1);
    assert.deepEqual([from, to], ["/build/dist", "/opt/countersign"]);
    const [program = "", ...args] = (parse(only(result, "ENTRYPOINT").join(" ")) as string[]).map((path) =>
      path.replace("/opt/countersign", dist),
    );
    const said = execFileSync(program, [...args, "--version"], { env: {}, encoding: "utf8", cwd: "/" });
    assert.equal(said, `${version}\n`);
    for (const command of ["controller", "webhook", "sync"])
      assert.match(
        execFileSync(program, [...args, command, "--help"], { env: {}, encoding: "utf8" }),
        /--system-namespace/,
      );
  });

  it("is of no user but the one that the chart runs controller and webhook as", () => {
    assert.deepEqual(only(result, "USER"), ["65532:65532"]);
    const chart = readFileSync(join(root, "deploy/charts/countersign/templates/webhook.yaml"), "utf8");
    assert.match(chart, /runAsUser: 65532\n +runAsGroup: 65532/);
  });

  it("can be read by whoever it runs as, and written by nobody but root", () => {
    for (const name of readdirSync(join(directory.path, "one/dist"), { recursive: true, encoding: "utf8" }))
      assert.equal(statSync(join(directory.path, "one/dist", name)).mode & 0o066, 0o044, name);
  });

  it("leaves bases to whoever builds it, and has nothing of the first", () => {
    const [base = "", as, name] = only(build, "FROM");
    assert.deepEqual([as, name], ["AS", "build"]);
    for (const image of [base, ...only(result, "FROM")]) assert.match(image, /^\$\{[A-Z]+_IMAGE\}$/);
    assert.deepEqual(
      result.map(({ name }) => name),
      ["FROM", "LABEL", "COPY", "USER", "WORKDIR", "ENTRYPOINT", "CMD"],
    );
  });

  it("sends a builder what is copied, and nothing else of the clone", () => {
    const ignored = readFileSync(join(root, "deploy/image/Containerfile.dockerignore"), "utf8");
    const sent = [...ignored.matchAll(/^!(.*)$/gm)].map(([, path]) => path);
    const copied = build.filter(({ name }) => name === "COPY").flatMap(({ words }) => words.slice(0, -1));
    assert.deepEqual(sent.sort(), copied.sort());
    assert.match(ignored, /^\*$/m);
  });
});

function symlinkModules(at: string): void {
  const modules = join(root, "node_modules");
  mkdirSync(join(at, "node_modules"));
  for (const name of readdirSync(modules)) {
    // workspaces are links into the clone, which must not be read
    if (name !== "@countersign") symlinkSync(join(modules, name), join(at, "node_modules", name));
  }
  mkdirSync(join(at, "node_modules/@countersign"));
  for (const name of readdirSync(join(modules, "@countersign"))) {
    const place = ["apps", "packages"].find((folder) => existsSync(join(at, folder, name)));
    assert.ok(place, name);
    symlinkSync(join("../..", place, name), join(at, "node_modules/@countersign", name));
  }
}

function scriptOf(at: string, name: string): string {
  const { scripts } = JSON.parse(readFileSync(join(at, "package.json"), "utf8")) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  const script = scripts[name];
  assert.ok(script, name);
  return script;
}

function digests(folder: string): ReadonlyMap<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  return new Map(
    names.map((name) => [
      name,
      createHash("sha256")
        .update(readFileSync(join(folder, name)))
        .digest("hex"),
    ]),
  );
}
