import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { readPolicy } from "@countersign/engine/policy/parse-policy";
import { readJsonDocument } from "@countersign/engine/values/json-document";
import { userEnvironment } from "@countersign/sources/environment";
import { readRegistriesSetup } from "./registries-setup.ts";
import { signaturePlaceHints } from "./signature-places.ts";

const signed = [{ type: "sigstoreSigned", keyPath: "/k", signedIdentity: { type: "matchRepository" } }];
const gpg = [{ type: "signedBy", keyType: "GPGKeys", keyPath: "/k" }];
const reject = [{ type: "reject" }];

let home: string;
before(async () => {
  home = await mkdtemp(join(tmpdir(), "countersign-lint-"));
});
after(() => rm(home, { recursive: true }));

async function hintsOf(
  docker: object,
  registriesD: string,
  registriesConf = "",
  defaults: object = reject,
  roots?: readonly string[],
) {
  const directory = await mkdtemp(join(home, "registries.d-"));
  const conf = join(directory, "registries.conf");
  await writeFile(join(directory, "all.yaml"), registriesD);
  await writeFile(conf, registriesConf);
  const environment = userEnvironment({}, { home, uid: 1 });
  const bytes = Buffer.from(JSON.stringify({ default: defaults, transports: { docker } }));
  const { policy } = readPolicy(bytes);
  assert.ok(policy !== undefined);
  const choice = { registriesConf: conf, registriesD: directory, registryConfigPath: roots, onlyNamed: true };
  const setup = await readRegistriesSetup(choice, { ...environment, systemRoot: home });
  assert.ok(setup !== undefined);
  const hints = await signaturePlaceHints(policy, readJsonDocument(bytes), { ...setup, directory: "/d" });
  return hints.map(({ path, message, remedy }) => ({ path, message, remedy }));
}

const mirrored = (prefix: string, mirror: string, rest = "") =>
  `[[registry]]\nprefix = "${prefix}"\nlocation = "${prefix}"\n[[registry.mirror]]\nlocation = "${mirror}"\n${rest}`;
const everywhere = "default-docker: {use-sigstore-attachments: true}";
const only = (...scopes: readonly string[]) =>
  `docker: {${scopes.map((scope) => `"${scope}": {use-sigstore-attachments: true}`).join(", ")}}`;

describe("of where signatures are looked for, lint hints at", () => {
  it("registries.d that never has cosign's looked for, once", async () => {
    assert.deepEqual(await hintsOf({ "r.example/a": signed, "r.example/b": signed }, "docker: {}"), [
      {
        path: 'transports.docker["r.example/a"]',
        message:
          "registries.d does not say that signatures of any image are to be looked for beside the image, where cosign keeps them",
        remedy: "write into /d/default.yaml: default-docker: {use-sigstore-attachments: true}",
      },
    ]);
  });

  type Row = readonly [what: string, docker: object, registriesD: string, text: RegExp, remedy: RegExp];
  const rows: readonly Row[] = [
    [
      "a default section that says otherwise",
      { "r.example": signed },
      "default-docker: {use-sigstore-attachments: false}",
      /any image/,
      /^add to default-docker in \/d: use-sigstore-attachments: true$/,
    ],
    [
      "a scope of which another section says it",
      { "r.example/a": signed },
      only("s.example"),
      /images of r\.example\/a /,
      /^write into a file of \/d: docker: \{"r\.example\/a": \{use-sigstore-attachments: true\}\}$/,
    ],
    [
      "a scope whose own section says otherwise",
      { "r.example": signed },
      `docker: {r.example: {use-sigstore-attachments: no}, s.example: {use-sigstore-attachments: yes}}`,
      /r\.example/,
      /^write in the section "r\.example" of \/d: /,
    ],
    [
      "a scope with a tag, by its repository",
      { "r.example/a:v1": signed },
      only("s.example"),
      /images of r\.example\/a /,
      /"r\.example\/a"/,
    ],
    [
      "a section that only looks like the scope's",
      { "r.example/a": signed },
      only("r.example/ab"),
      /images of r\.example\/a /,
      /"r\.example\/a"/,
    ],
    [
      "a section of the host without its port",
      { "r.example:5000": signed },
      only("r.example"),
      /r\.example:5000/,
      /"r\.example:5000"/,
    ],
    ["a wildcard", { "*.example": signed }, only("r.other"), /\*\.example/, /"\*\.example"/],
    [
      "a place on Docker Hub",
      { "docker.io/team": signed },
      only("quay.io"),
      /docker\.io\/team/,
      /"docker\.io\/team"/,
    ],
    [
      "no lookaside for OpenPGP signatures",
      { "r.example": gpg },
      only("r.example"),
      /no lookaside for any image/,
      /lookaside: "https/,
    ],
  ];
  for (const [what, docker, registriesD, text, remedy] of rows) {
    it(what, async () => {
      const [hint, ...more] = await hintsOf(docker, registriesD);
      assert.match(hint?.message ?? "", text);
      assert.match(hint?.remedy ?? "", remedy);
      assert.deepEqual(more, []);
    });
  }
});

describe("of mirrors, whose own names count, lint hints at", () => {
  const scope = { "r.example/shop": signed };
  type Row = readonly [what: string, docker: object, conf: string, text: RegExp, remedy: RegExp];
  const rows: readonly Row[] = [
    [
      "one of the scope",
      scope,
      mirrored("r.example/shop", "m.other/x"),
      /r\.example\/shop that come from m\.other\/x /,
      /docker: \{"m\.other\/x": /,
    ],
    [
      "one of the scope's host",
      scope,
      mirrored("r.example", "m.other:5000"),
      /come from m\.other:5000\/shop /,
      /"m\.other:5000\/shop"/,
    ],
    [
      "one of a repository below the scope",
      scope,
      mirrored("r.example/shop/app", "m.other/app"),
      /of r\.example\/shop\/app that come from m\.other\/app /,
      /"m\.other\/app"/,
    ],
    [
      "one for digests only",
      scope,
      mirrored("r.example", "m.other", 'pull-from-mirror = "digest-only"'),
      /m\.other\/shop/,
      /"m\.other\/shop"/,
    ],
    [
      "one of hosts under a wildcard",
      { "*.example": signed },
      mirrored("*.example", "m.other").replace('location = "*.example"', ""),
      /of \*\.example that come from m\.other /,
      /"m\.other"/,
    ],
    [
      "another place for the registry itself",
      scope,
      `[[registry]]\nprefix = "r.example"\nlocation = "m.other"\n`,
      /come from m\.other\/shop/,
      /"m\.other\/shop"/,
    ],
  ];
  for (const [what, docker, conf, text, remedy] of rows) {
    it(what, async () => {
      const [hint, ...more] = await hintsOf(docker, only("r.example", "*.example"), conf);
      assert.match(hint?.message ?? "", text);
      assert.match(hint?.remedy ?? "", remedy);
      assert.deepEqual(more, []);
    });
  }

  it("those of registries that the default is for", async () => {
    const hints = await hintsOf(
      { "r.example": reject },
      only("docker.io"),
      mirrored("docker.io", "m.other"),
      signed,
    );
    assert.deepEqual(
      hints.map(({ path, message }) => [path, /come from m\.other/.test(message)]),
      [["default", true]],
    );
  });
});

describe("of where signatures are looked for, lint says nothing", () => {
  const rows: ReadonlyArray<readonly [when: string, docker: object, registriesD: string, conf?: string]> = [
    ["when they are everywhere", { "r.example": signed, "*.example": signed, "": signed }, everywhere],
    ["when they are for the scope", { "r.example/a": signed }, only("r.example/a")],
    ["when they are for its parent", { "r.example/a/b": signed }, only("r.example/a")],
    ["when they are for its wildcard", { "r.example/a": signed }, only("*.example")],
    ["when they are for a part of it", { "r.example": signed }, only("r.example/a")],
    ["when they are for a host under the wildcard", { "*.example": signed }, only("r.example:5000")],
    ["when they are for a tag of it", { "r.example/a": signed }, only("r.example/a:v1")],
    [
      "when the mirror has them too",
      { "r.example": signed },
      only("r.example", "m.example"),
      mirrored("r.example", "m.example"),
    ],
    [
      "of a mirror whose images another scope is for",
      { "r.example": signed, "r.example/a": reject },
      only("r.example"),
      mirrored("r.example/a", "m.example"),
    ],
    [
      "of a mirror whose name cannot be made",
      { "r.example": signed },
      only("r.example"),
      mirrored("r.example", "M.example/UPPER"),
    ],
    [
      "when nothing is to be signed",
      { "r.example": reject, "s.example": [{ type: "insecureAcceptAnything" }] },
      "",
    ],
    ["beside a reject", { "r.example": [...signed, ...reject] }, ""],
    ["of a scope that never matches", { busybox: signed }, ""],
    [
      "when there is a lookaside",
      { "r.example": gpg },
      'docker: {r.example: {lookaside: "https://l.example"}}',
    ],
  ];
  for (const [when, docker, registriesD, conf] of rows) {
    it(when, async () => assert.deepEqual(await hintsOf(docker, registriesD, conf), []));
  }
});

describe("of containerd's mirrors, lint hints at", () => {
  async function hostsToml(host: string, mirror: string): Promise<readonly string[]> {
    const root = await mkdtemp(join(home, "certs.d-"));
    await mkdir(join(root, host));
    await writeFile(join(root, host, "hosts.toml"), `[host."https://${mirror}"]\n`);
    return [root];
  }

  it("one of a scope's registry", async () => {
    const roots = await hostsToml("r.example", "m.other");
    const [hint, ...more] = await hintsOf({ "r.example/shop": signed }, only("r.example"), "", reject, roots);
    assert.match(hint?.message ?? "", /of r\.example\/shop that come from m\.other\/shop /);
    assert.match(hint?.remedy ?? "", /docker: \{"m\.other\/shop": /);
    assert.deepEqual(more, []);
  });

  it("one of Docker Hub, for the policy's default", async () => {
    const roots = await hostsToml("docker.io", "m.other");
    const [hint, ...more] = await hintsOf({}, only("docker.io"), "", signed, roots);
    assert.match(hint?.message ?? "", /of docker\.io that come from m\.other /);
    assert.deepEqual(more, []);
  });

  it("one of all registries", async () => {
    const roots = await hostsToml("_default", "m.other");
    const [hint, ...more] = await hintsOf({ "*.example": signed }, only("*.example"), "", reject, roots);
    assert.match(hint?.message ?? "", /of \*\.example that come from m\.other /);
    assert.deepEqual(more, []);
  });

  it("none of registries.conf, which does not say where containerd pulls from", async () => {
    const roots = await hostsToml("other.example", "m.other");
    const conf = mirrored("r.example", "m.other");
    assert.deepEqual(await hintsOf({ "r.example": signed }, only("r.example"), conf, reject, roots), []);
  });
});
