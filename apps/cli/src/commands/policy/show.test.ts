import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { digestOf } from "@countersign/engine/values/digest";
import { type TemporaryRoot, temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { main } from "../../main.ts";
import { recordingTerminal } from "../../terminal.ts";

let root: TemporaryRoot;

const globalPolicy = `{
  "default": [{"type": "reject"}],
  "transports": {
    "docker": {
      "registry.example/shop": [
        {"type": "sigstoreSigned", "keyPath": "/etc/keys/shop.pub", "signedIdentity": {"type": "matchRepository"}},
        {"type": "signedBy", "keyType": "GPGKeys", "keyPath": "/etc/keys/shop.gpg"}
      ]
    },
    "docker-daemon": {"": [{"type": "insecureAcceptAnything"}]}
  }
}
`;
const labPolicy = `{"default": [{"type": "insecureAcceptAnything"}]}`;

before(() => {
  root = temporaryRoot();
  root.write("policy.json", globalPolicy);
  root.write("policies/lab.json", labPolicy);
  root.write("policies/README.md", "");
  root.write("broken/lab.json", labPolicy);
  root.write("broken/shop.json", "{");
  root.write("broken/Shop.json", "{}");
  root.write(
    "registries.conf",
    `[[registry]]\nlocation = "registry.example"\n[[registry.mirror]]\nlocation = "mirror.example"\n`,
  );
  root.write(
    "registries.d/all.yaml",
    "docker: {mirror.example: {use-sigstore-attachments: true, lookaside: 'https://sigs.example/store'}}\n",
  );
});

after(() => root[Symbol.dispose]());

async function show(...argv: string[]) {
  const io = recordingTerminal({ HOME: root.path });
  const path = (name: string) => join(root.path, name);
  const registries = ["--registries-conf", path("registries.conf"), "--registries-d", path("registries.d")];
  await main(["policy", "show", ...registries, ...argv], io);
  const plain = (text: string) => text.replaceAll(root.path, "");
  return { exitCode: io.said.exitCode, out: plain(io.said.out), err: plain(io.said.err) };
}

const policy = () => ["--signature-policy", join(root.path, "policy.json")];
const namespaces = (name: string) => ["--signature-policy-dir", join(root.path, name)];
const digestIn = (text: string) => digestOf(Buffer.from(text));

describe("countersign policy show", () => {
  it("tells the file and why, the scope and where it is, what it asks for and where signatures may be", async () => {
    const { out, exitCode } = await show(...policy(), "registry.example/shop/app:v1");
    assert.equal(
      out,
      `registry.example/shop/app:v1
  policy     /policy.json (named by --signature-policy)
  digest     ${digestIn(globalPolicy)}
  applies    scope docker "registry.example/shop", line 5
  not in it  "registry.example/shop/app:v1", "registry.example/shop/app"
  asks for   1. a cosign signature by the key in /etc/keys/shop.pub, made for this repository
                {
                  "type": "sigstoreSigned",
                  "keyPath": "/etc/keys/shop.pub",
                  "signedIdentity": {
                    "type": "matchRepository"
                  }
                }
             2. an OpenPGP signature by the key in /etc/keys/shop.gpg, made for this very name, or for any tag of the repository if it is asked for by digest
                {
                  "type": "signedBy",
                  "keyType": "GPGKeys",
                  "keyPath": "/etc/keys/shop.gpg"
                }
  looks in   the lookaside https://sigs.example/store/shop/app@sha256=…
             mirror.example/shop/app:sha256-….sig, beside the image
             (not in the bundles that refer to mirror.example/shop/app@sha256:…: no requirement reads them)
             the lookaside ${process.getuid?.() === 0 ? "/var/lib/containers/sigstore" : "/.local/share/containers/sigstore"}/shop/app@sha256=…
             (not in registry.example/shop/app:sha256-….sig, beside the image: registries.d does not say so)
             (not in the bundles that refer to registry.example/shop/app@sha256:…: no requirement reads them)
`,
    );
    assert.equal(exitCode, 0);
  });

  it("tells what holds for a namespace, in which no signature is asked for", async () => {
    const { out } = await show(...policy(), ...namespaces("policies"), "--namespace", "lab", "busybox");
    assert.equal(
      out,
      `docker.io/library/busybox:latest for namespace lab
  policy     /policies/lab.json (namespace lab has a policy of its own)
  digest     ${digestIn(labPolicy)}
  applies    its default (no scope of the policy names this image), line 1
  not in it  "docker.io/library/busybox:latest", "docker.io/library/busybox", "docker.io/library", "docker.io", "*.io", ""
  asks for   1. anything is accepted, signed or not
                {
                  "type": "insecureAcceptAnything"
                }
`,
    );
  });

  it("tells of images of other transports", async () => {
    const { out } = await show(...policy(), "docker-daemon:busybox:latest");
    assert.match(out, /^docker-daemon:busybox:latest\n/);
    assert.match(out, /^ {2}applies {4}scope docker-daemon "", line 10$/m);
  });

  it("names the digest where it is known", async () => {
    const digest = digestIn("");
    const { out } = await show(...policy(), `registry.example/shop/app@${digest}`);
    assert.match(out, /beside the image/);
    assert.ok(out.includes(`mirror.example/shop/app:${digest.replace(":", "-")}.sig`));
  });

  it("prints as JSON, for several images, what was written and what it means", async () => {
    const { out } = await show(...policy(), "--output", "json", "busybox", "registry.example/shop/app:v1");
    const [first, second] = JSON.parse(out);
    assert.deepEqual(first, {
      image: "busybox",
      namespace: null,
      reference: "docker.io/library/busybox:latest",
      policy: {
        file: "/policy.json",
        because: "named by --signature-policy",
        transport: "docker",
        scope: "default",
        tried: [
          "docker.io/library/busybox:latest",
          "docker.io/library/busybox",
          "docker.io/library",
          "docker.io",
          "*.io",
          "",
        ],
        rules: [],
        line: 2,
        digest: digestIn(globalPolicy),
      },
      requirements: [
        { type: "reject", mode: "enforce", words: "nothing is accepted", written: { type: "reject" } },
      ],
      signaturePlaces: first.signaturePlaces,
    });
    assert.deepEqual(second.requirements[1].written, {
      type: "signedBy",
      keyType: "GPGKeys",
      keyPath: "/etc/keys/shop.gpg",
    });
    assert.deepEqual(second.signaturePlaces[1], {
      kind: "attachments",
      location: "mirror.example/shop/app:sha256-….sig",
      searched: true,
    });
  });
});

describe("countersign policy show, without an image,", () => {
  it("lists the policies there are", async () => {
    const { out, exitCode } = await show(...policy(), ...namespaces("policies"));
    // the width of the columns depends on where this runs
    assert.equal(
      out.replace(/ {2,}/g, "  "),
      `NAMESPACE  POLICY  SCOPES  DIGEST  BY DEFAULT
(any other)  /policy.json  2  ${digestIn(globalPolicy).slice(0, 19)}  nothing is accepted
lab  /policies/lab.json  0  ${digestIn(labPolicy).slice(0, 19)}  anything is accepted, signed or not
never read, as no namespace is called so: README.md
`,
    );
    assert.equal(exitCode, 0);
  });

  it("says which are broken and which are missing, and exits 2", async () => {
    const { out, exitCode } = await show(
      "--signature-policy",
      join(root.path, "none.json"),
      ...namespaces("broken"),
    );
    assert.match(out, /^\(any other\) {2}\/none\.json +open \/none\.json: no such file or directory$/m);
    assert.match(out, /^lab .* anything is accepted, signed or not$/m);
    assert.match(out, /^shop .* invalid policy in "\/broken\/shop\.json": unexpected end of JSON input$/m);
    assert.match(out, /^never read, as no namespace is called so: Shop\.json$/m);
    assert.equal(exitCode, 2);
  });

  it("prints the same as JSON", async () => {
    const { out } = await show(...policy(), ...namespaces("broken"), "--output", "json");
    const { policies, neverRead } = JSON.parse(out);
    assert.deepEqual(neverRead, ["Shop.json"]);
    assert.deepEqual(policies[0], {
      namespace: null,
      file: "/policy.json",
      digest: digestIn(globalPolicy),
      default: ["nothing is accepted"],
      scopes: { docker: ["registry.example/shop"], "docker-daemon": [""] },
      images: [],
      code: "",
      message: "",
    });
    assert.deepEqual(
      policies.map(({ namespace, code }: { namespace: string; code: string }) => [namespace, code]),
      [
        [null, ""],
        ["lab", ""],
        ["shop", "POLICY_INVALID"],
      ],
    );
  });
});

describe("countersign policy show exits 2", () => {
  const rows: ReadonlyArray<readonly [why: string, argv: () => readonly string[], said: RegExp]> = [
    [
      "for a policy that is not there",
      () => ["--signature-policy", "/none.json", "busybox"],
      /open \/none\.json/,
    ],
    [
      "for a policy that does not parse",
      () => [...policy(), ...namespaces("broken"), "--namespace", "shop", "busybox"],
      /unexpected end of JSON input/,
    ],
    ["for a name that is none", () => [...policy(), "UPPER/case"], /repository name must be lowercase/],
    [
      "for a directory that is not there",
      () => [...policy(), ...namespaces("none")],
      /--signature-policy-dir \/none: no such directory/,
    ],
    [
      "for a namespace that is none",
      () => [...policy(), ...namespaces("policies"), "--namespace", "../x", "busybox"],
      /is not the name of a namespace/,
    ],
  ];
  for (const [why, argv, said] of rows) {
    it(why, async () => {
      const { err, exitCode } = await show(...argv());
      assert.match(err, said);
      assert.equal(exitCode, 2);
    });
  }
});
