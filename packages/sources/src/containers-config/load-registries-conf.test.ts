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

  it("of two drop-ins of one name the user's, then the one for root, then the administrator's", async () => {
    using root = temporaryRoot();
    const at = (directory: string, name: string) =>
      root.write(`${directory}/${name}.conf`, entry(`${name}.from.${directory.replaceAll(/[^a-z]/g, "")}`));
    at("home/me/.config/containers/registries.conf.d", "a");
    for (const name of ["a", "b"]) at("etc/containers/registries.rootful.conf.d", name);
    for (const name of ["a", "b", "c"]) at("etc/containers/registries.conf.d", name);
    for (const name of ["a", "b", "c", "d"]) at("usr/share/containers/registries.conf.d", name);
    assert.deepEqual(await locations(root), [
      "a.from.homemeconfigcontainersregistriesconfd",
      "b.from.etccontainersregistriesrootfulconfd",
      "c.from.etccontainersregistriesconfd",
      "d.from.usrsharecontainersregistriesconfd",
    ]);
  });

  it("what is for users without root, for one of them, and not what is for root", async () => {
    using root = temporaryRoot({}, 1000);
    root.write("etc/containers/registries.rootless.conf.d/1000/a.conf", entry("mine"));
    root.write("etc/containers/registries.rootless.conf.d/1001/a.conf", entry("theirs"));
    root.write("etc/containers/registries.rootless.conf.d/b.conf", entry("ours"));
    root.write("etc/containers/registries.rootful.conf.d/c.conf", entry("roots"));
    assert.deepEqual(await locations(root), ["mine", "ours"]);
  });

  it("drop-ins by their names' order, whatever directory they are in", async () => {
    using root = temporaryRoot();
    const said = (location: string) => `[[registry]]\nprefix = "p"\nlocation = "${location}"\n`;
    root.write("etc/containers/registries.conf", said("main"));
    root.write("home/me/.config/containers/registries.conf.d/10.conf", said("user"));
    root.write("usr/share/containers/registries.conf.d/90.conf", said("distribution"));
    const { registries } = await registriesConfLoader(root.environment, undefined).load();
    assert.deepEqual(
      registries.map(({ endpoints: [{ location }] }) => location),
      ["distribution"],
    );
  });

  it("the user's file where XDG_CONFIG_HOME says, and no other", async () => {
    using files = temporaryRoot();
    files.write("containers/registries.conf", entry("xdg"));
    using root = temporaryRoot({ XDG_CONFIG_HOME: files.path });
    root.write("home/me/.config/containers/registries.conf", entry("home"));
    assert.deepEqual(await locations(root), ["xdg"]);
  });

  it("a named file instead of CONTAINERS_REGISTRIES_CONF's, but its override all the same", async () => {
    using files = temporaryRoot();
    using root = temporaryRoot({
      CONTAINERS_REGISTRIES_CONF: files.write("main.conf", entry("main")),
      CONTAINERS_REGISTRIES_CONF_OVERRIDE: files.write("over.conf", entry("over")),
    });
    root.write("etc/containers/registries.conf.d/a.conf", entry("drop-in"));
    assert.deepEqual(await locations(root, root.write("my.conf", entry("named"))), [
      "drop-in",
      "named",
      "over",
    ]);
  });

  it("a text with a mark of its byte order", async () => {
    using root = temporaryRoot();
    root.write("etc/containers/registries.conf", `\ufeff${entry("marked")}`);
    assert.deepEqual(await locations(root), ["marked"]);
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

  const strange: readonly (readonly [what: string, bytes: string | Uint8Array])[] = [
    ["two marks of byte order", "\ufeff\ufeff# a"],
    ["UTF-16", Buffer.from(entry("h"), "utf16le")],
    ["a control character in a comment", "# \u0007"],
  ];
  it("bytes that are no UTF-8", async () => {
    using root = temporaryRoot();
    const path = root.write("etc/containers/registries.conf", Buffer.of(0x23, 0xff));
    const message = `read ${path}: the file is not UTF-8`;
    await assert.rejects(locations(root), { code: "CONFIG_INVALID", message });
  });

  for (const [what, bytes] of strange) {
    it(what, async () => {
      using root = temporaryRoot();
      const path = root.write("etc/containers/registries.conf", bytes);
      await assert.rejects(locations(root), {
        code: "CONFIG_INVALID",
        message: new RegExp(`^loading registries configuration "${path}": toml: `),
      });
    });
  }

  for (const variable of ["CONTAINERS_REGISTRIES_CONF", "CONTAINERS_REGISTRIES_CONF_OVERRIDE"]) {
    it(`a file of ${variable} that is not there`, async () => {
      using root = temporaryRoot({ [variable]: "/no/such.conf" });
      await assert.rejects(locations(root), {
        code: "CONFIG_INVALID",
        message: "open /no/such.conf: no such file or directory",
      });
    });
  }

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
