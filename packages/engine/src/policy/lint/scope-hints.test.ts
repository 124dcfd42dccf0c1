import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readJsonDocument } from "../../values/json-document.ts";
import { parsePolicy } from "../parse-policy.ts";
import { policyHints } from "./policy-hints.ts";

const accept = [{ type: "insecureAcceptAnything" }];
const reject = [{ type: "reject" }];
const signedBy = (...keyPaths: readonly string[]) => [
  { type: "sigstoreSigned", keyPaths, signedIdentity: { type: "matchRepository" } },
];
const signed = signedBy("/k.pub");

function hintsOf(policy: { default?: unknown; transports?: Readonly<Record<string, unknown>> }) {
  const text = Buffer.from(JSON.stringify({ default: reject, ...policy }));
  return policyHints(parsePolicy(text, "policy.json"), readJsonDocument(text));
}

type Row = readonly [
  what: string,
  docker: Readonly<Record<string, unknown>>,
  hints: readonly (readonly [code: string, path: string, text: RegExp])[],
];

function itHints([what, docker, expected]: Row, policy: { default?: unknown } = {}) {
  it(what, () => {
    const hints = hintsOf({ ...policy, transports: { docker } });
    assert.deepEqual(
      hints.map(({ code, path }) => [code, path]),
      expected.map(([code, path]) => [code, path]),
    );
    for (const [index, [, , text]] of expected.entries()) {
      assert.match(`${hints[index]?.message}\n${hints[index]?.remedy}`, text);
    }
  });
}

describe("lint hints at", () => {
  const rows: readonly Row[] = [
    [
      "a scope that can never match, with what to write",
      { busybox: signed },
      [["SCOPE_NEVER_MATCHES", 'transports.docker["busybox"]', /write "docker\.io\/library\/busybox"/]],
    ],
    [
      "a scope that can never match and cannot be guessed",
      { "^quay.io": signed },
      [["SCOPE_NEVER_MATCHES", 'transports.docker["^quay.io"]', /name a host, a repository or a parent/]],
    ],
    [
      "a scope whose full form is there too, and the same",
      { "team/app": signed, "docker.io/team/app": signed },
      [["SCOPE_NAMED_TWICE", 'transports.docker["team/app"]', /asks for the same\nremove it/]],
    ],
    [
      "a scope whose full form is there too, and says otherwise",
      { "docker://quay.io": signed, "quay.io": reject },
      [
        [
          "SCOPE_NAMED_TWICE",
          'transports.docker["docker://quay.io"]',
          /asks for something else\nsay in "quay/,
        ],
      ],
    ],
    [
      "capitals in a host",
      { "Registry.Example.com:5000/team": signed },
      [
        [
          "HOST_IN_CAPITALS",
          'transports.docker["Registry.Example.com:5000/team"]',
          /write "registry\.example\.com:5000\/team"/,
        ],
      ],
    ],
    [
      "a wildcard whose bare host falls to something else",
      { "*.example.com": signed },
      [
        [
          "WILDCARD_MISSES_HOST",
          'transports.docker["*.example.com"]',
          /not stand for example\.com itself.*the policy's default\nadd "example\.com"/,
        ],
      ],
    ],
    [
      "the scope to which the bare host of a wildcard falls",
      { "*.a.example.com": signed, "*.example.com": reject },
      [
        [
          "WILDCARD_MISSES_HOST",
          'transports.docker["*.a.example.com"]',
          /a\.example\.com itself.*to "\*\.example\.com"/,
        ],
      ],
    ],
    [
      "a host that is no parent of the same host with a port",
      { "r.example.com": signed, "r.example.com:5000/team": accept },
      [["PORT_MAKES_ANOTHER_HOST", 'transports.docker["r.example.com"]', /parent of r\.example\.com:5000/]],
    ],
    [
      "the port that https has anyway",
      { "r.example.com:443/team": signed },
      [
        [
          "PORT_MAKES_ANOTHER_HOST",
          'transports.docker["r.example.com:443/team"]',
          /write "r\.example\.com\/team"/,
        ],
      ],
    ],
    [
      "an official image without library",
      { "docker.io/debian": signed },
      [
        [
          "OFFICIAL_IMAGE_MISSED",
          'transports.docker["docker.io/debian"]',
          /write "docker\.io\/library\/debian"/,
        ],
      ],
    ],
    [
      "an exception that needs no signature",
      { "r.example.com": signed, "r.example.com/lab": accept },
      [
        [
          "SCOPE_WEAKER_THAN_PARENT",
          'transports.docker["r.example.com/lab"]',
          /no signature, although "r\.exa/,
        ],
      ],
    ],
    [
      "an exception for one tag",
      { "r.example.com/lab": signed, "r.example.com/lab:old": accept },
      [
        [
          "SCOPE_WEAKER_THAN_PARENT",
          'transports.docker["r.example.com/lab:old"]',
          /"r\.example\.com\/lab" asks/,
        ],
      ],
    ],
    [
      "an exception that trusts more keys than its wildcard",
      { "*.example": signed, "r.example": signedBy("/k.pub", "/l.pub") },
      [["SCOPE_WEAKER_THAN_PARENT", 'transports.docker["r.example"]', /less than "\*\.example"/]],
    ],
    [
      "an exception from the transport's default",
      { "": signed, "r.example": accept },
      [["SCOPE_WEAKER_THAN_PARENT", 'transports.docker["r.example"]', /the default of docker asks/]],
    ],
    [
      "a default for registries that accepts everything",
      { "": accept },
      [["DEFAULT_ACCEPTS_EVERYTHING", 'transports.docker[""]', /\{"type": "reject"\}/]],
    ],
    [
      "a registry where everybody may push",
      { "docker.io": accept },
      [["PUBLIC_REGISTRY_ACCEPTED", 'transports.docker["docker.io"]', /"docker\.io\/ORGANISATION/]],
    ],
    [
      "a wildcard that takes such registries in",
      { "*.io": accept },
      [["PUBLIC_REGISTRY_ACCEPTED", 'transports.docker["*.io"]', /docker\.io, gcr\.io, ghcr\.io, quay\.io/]],
    ],
  ];
  for (const row of rows) itHints(row);

  itHints(
    [
      "a default that accepts everything, but not at what is accepted besides",
      { "docker.io": accept, "r.example": signed },
      [["DEFAULT_ACCEPTS_EVERYTHING", "default", /whoever made it/]],
    ],
    { default: accept },
  );
});

describe("lint says nothing of", () => {
  const rows: readonly Row[] = [
    ["a wildcard beside its bare host", { "*.example.com": signed, "example.com": reject }, []],
    ["a wildcard beside a path of its bare host", { "*.example.com": signed, "example.com/a": signed }, []],
    ["a wildcard whose bare host is no host", { "*.com": signed }, []],
    ["a wildcard that asks for what holds anyway", { "*.example.com": reject }, []],
    ["a host and the same host with a port", { "r.example.com": signed, "r.example.com:5000": accept }, []],
    ["an official image in full", { "docker.io/library/debian": signed, "docker.io/debian": signed }, []],
    ["another publisher on Docker Hub", { "docker.io/bitnami": signed }, []],
    ["an exception from reject", { "r.example": reject, "r.example/a": signed, "r.example/a/b": signed }, []],
    ["a scope stricter than its parent", { "r.example": signed, "r.example/a": reject }, []],
    ["a repository of a public registry, accepted", { "docker.io/library/busybox": accept }, []],
    ["a registry of one's own, accepted", { "r.example": accept }, []],
  ];
  for (const row of rows) itHints(row);
  itHints(["a default that does not hold for registries", { "": reject }, []], { default: accept });
});

describe("lint hints at a section", () => {
  const rows: ReadonlyArray<
    readonly [
      what: string,
      transports: Readonly<Record<string, unknown>>,
      code: string,
      path: string,
      text: RegExp,
    ]
  > = [
    ["for a mistyped transport", { dokcer: {} }, "TRANSPORT_UNKNOWN", "transports.dokcer", /write "docker"/],
    [
      "for a transport's first letters",
      { containers: {} },
      "TRANSPORT_UNKNOWN",
      "transports.containers",
      /write "containers-storage"/,
    ],
    ["for a transport in capitals", { OCI: {} }, "TRANSPORT_UNKNOWN", "transports.OCI", /write "oci"/],
    [
      "for a transport with its colon",
      { "docker://": {} },
      "TRANSPORT_UNKNOWN",
      'transports["docker://"]',
      /write "docker"/,
    ],
    [
      "for a transport that is gone",
      { ostree: { "": reject } },
      "TRANSPORT_UNKNOWN",
      "transports.ostree",
      /tarball/,
    ],
    ["without scopes", { docker: {} }, "TRANSPORT_EMPTY", "transports.docker", /remove it/],
    [
      "where signatures never are",
      { "oci-archive": { "": signed } },
      "TRANSPORT_WITHOUT_SIGNATURES",
      'transports["oci-archive"][""][0]',
      /"reject"/,
    ],
    [
      "of another transport with names",
      { "docker-daemon": { busybox: reject } },
      "SCOPE_NEVER_MATCHES",
      'transports["docker-daemon"]["busybox"]',
      /"docker\.io\/library\/busybox"/,
    ],
    [
      "of a store with a short name",
      { "containers-storage": { "[/s]busybox": reject } },
      "SCOPE_NEVER_MATCHES",
      'transports["containers-storage"]["[/s]busybox"]',
      /"\[\/s\]docker\.io\/library\/busybox"/,
    ],
    [
      "of a store with a wildcard",
      { "containers-storage": { "[/s]*.example.com": reject } },
      "SCOPE_NEVER_MATCHES",
      'transports["containers-storage"]["[/s]*.example.com"]',
      /no wildcards/,
    ],
  ];
  for (const [what, transports, code, path, text] of rows) {
    it(what, () => {
      const [hint, ...more] = hintsOf({ transports });
      assert.deepEqual([hint?.code, hint?.path], [code, path]);
      assert.match(`${hint?.message}\n${hint?.remedy}`, text);
      assert.deepEqual(more, []);
    });
  }

  it("but not at one that other tools use", () => {
    const transports = {
      "docker-daemon": { "": accept },
      "containers-storage": {
        "[overlay@/var/lib/containers/storage]": accept,
        "[/s]docker.io/a/b:1": accept,
      },
      dir: { "/images": reject },
    };
    assert.deepEqual(hintsOf({ transports }), []);
  });
});

it("lint hints at scopes of rules that can never match", () => {
  const images = [
    { globs: ["**"], requirements: signed },
    { scopes: ["busybox", "docker.io/library/busybox", "*.example"], requirements: signed },
  ];
  const text = Buffer.from(JSON.stringify({ countersign: 1, default: reject, images }));
  const hints = policyHints(parsePolicy(text, "policy.json"), readJsonDocument(text));
  assert.deepEqual(
    hints.filter(({ code }) => code === "SCOPE_NEVER_MATCHES").map(({ path, remedy }) => [path, remedy]),
    [["images[1].scopes[0]", 'write "docker.io/library/busybox"']],
  );
});
