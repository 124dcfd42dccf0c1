import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { CountersignError } from "@countersign/engine/values/error";
import { type TemporaryRoot, temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import fc from "fast-check";
import { registriesConfLoader } from "./load-registries-conf.ts";

const entry = (location: string): string => `[[registry]]\nlocation = "${location}"\n`;

async function locations({ environment }: TemporaryRoot, named?: string): Promise<readonly string[]> {
  const { registries } = await registriesConfLoader(environment, named).load();
  return registries.map(({ prefix }) => prefix).sort();
}

describe("registriesConfLoader reads", () => {
  it("nothing where there is nothing", async () => {
    using root = temporaryRoot();
    assert.deepEqual(await locations(root), []);
  });

  it("the first main file and every drop-in", async () => {
    using root = temporaryRoot();
    root.write("home/me/.config/containers/registries.conf", entry("user"));
    root.write("etc/containers/registries.conf", entry("system"));
    root.write("etc/containers/registries.conf.d/a.conf", entry("drop-in"));
    root.write("etc/containers/registries.rootful.conf.d/b.conf", entry("rootful"));
    assert.deepEqual(await locations(root), ["drop-in", "rootful", "user"]);
  });

  it("a named file, and the drop-ins all the same", async () => {
    using root = temporaryRoot();
    root.write("etc/containers/registries.conf", entry("system"));
    root.write("etc/containers/registries.conf.d/a.conf", entry("drop-in"));
    assert.deepEqual(await locations(root, root.write("my.conf", entry("named"))), ["drop-in", "named"]);
  });

  it("the file of CONTAINERS_REGISTRIES_CONF alone, and its override", async () => {
    using files = temporaryRoot();
    using root = temporaryRoot({
      CONTAINERS_REGISTRIES_CONF: files.write("main.conf", entry("main")),
      CONTAINERS_REGISTRIES_CONF_OVERRIDE: files.write("over.conf", entry("over")),
    });
    root.write("etc/containers/registries.conf.d/a.conf", entry("drop-in"));
    assert.deepEqual(await locations(root), ["main", "over"]);
  });

  it("an edit, and a file that came or went", async () => {
    using root = temporaryRoot();
    const loader = registriesConfLoader(root.environment, undefined);
    const now = async (): Promise<unknown> => (await loader.load()).registries.map(({ prefix }) => prefix);
    const path = root.write("etc/containers/registries.conf", entry("one"));
    assert.deepEqual(await now(), ["one"]);
    root.write("etc/containers/registries.conf", entry("two"));
    assert.deepEqual(await now(), ["two"]);
    rmSync(path);
    assert.deepEqual(await now(), []);
  });

  it("unchanged files only once", async () => {
    using root = temporaryRoot();
    root.write("etc/containers/registries.conf", entry("one"));
    const loader = registriesConfLoader(root.environment, undefined);
    assert.equal(await loader.load(), await loader.load());
  });
});

describe("registriesConfLoader refuses", () => {
  it("a named file that is not there", async () => {
    using root = temporaryRoot();
    await assert.rejects(locations(root, "/no/such.conf"), {
      code: "CONFIG_INVALID",
      message: "open /no/such.conf: no such file or directory",
    });
  });

  it("text that is not TOML, with its place", async () => {
    using root = temporaryRoot();
    const path = root.write("etc/containers/registries.conf", "\nx = = 1\n");
    await assert.rejects(locations(root), {
      code: "CONFIG_INVALID",
      message: new RegExp(`^loading registries configuration "${path}": toml: line 2, column 5: .+$`),
    });
  });

  it("a registry nobody could mean, with its file", async () => {
    using root = temporaryRoot();
    const path = root.write("etc/containers/registries.conf.d/x.conf", "[[registry]]\n");
    await assert.rejects(locations(root), {
      code: "CONFIG_INVALID",
      message: `loading registries configuration "${path}": invalid condition: both location and prefix are unset`,
    });
  });
});

describe("registriesConfLoader", () => {
  it("gives a configuration or CONFIG_INVALID, whatever the text", async () => {
    using root = temporaryRoot();
    const { load } = registriesConfLoader(root.environment, undefined);
    const piece = fc.constantFrom(
      "[[registry]]",
      "[[registry.mirror]]",
      "location",
      "insecure",
      "=",
      '"h"',
      "true",
      "\n",
      "[",
      "]",
      "{",
      "'",
      "#",
      "é",
      "\0",
      "1979-05-27",
      "__proto__",
      ".",
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece), async (pieces) => {
        root.write("etc/containers/registries.conf", pieces.join(" "));
        try {
          assert.ok(Array.isArray((await load()).registries));
        } catch (error) {
          assert.equal(CountersignError.from(error).code, "CONFIG_INVALID");
        }
      }),
    );
  });
});

describe("registriesConfLoader.description", () => {
  it("names every place that counts", () => {
    using root = temporaryRoot();
    const { description } = registriesConfLoader(root.environment, "/my.conf");
    assert.ok(description.startsWith('["/my.conf" '));
    assert.ok(description.includes(join(root.path, "etc/containers/registries.conf.d")));
  });
});
