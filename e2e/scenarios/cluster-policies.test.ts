import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { storeAttachments } from "@countersign/testkit/registry/attachments";
import { storeImage, tinyImage } from "@countersign/testkit/registry/images";
import { startRegistry, type TestRegistry } from "@countersign/testkit/registry/registry";
import { type TemporaryRoot, temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { createSigningKit } from "@countersign/testkit/signing-kit/signing-kit";
import { main } from "../../apps/cli/src/main.ts";
import { recordingTerminal } from "../../apps/cli/src/terminal.ts";
import { askCountersign } from "../differential/countersign.ts";
import type { AskedFiles } from "../differential/site.ts";
import { askSkopeo } from "../differential/skopeo.ts";

const kit = createSigningKit();
const keys = { a: kit.key("a"), b: kit.key("b") };
type Signer = keyof typeof keys;

/** Repositories of the registry and whose signatures their images carry. */
const repositories = {
  team: ["a"],
  "team/app": ["a"],
  "team/app/debug": [],
  "team/tool": ["b"],
  "other/app": ["a", "b"],
  "other/plain": [],
  "te/app": ["a"],
} as const satisfies Readonly<Record<string, readonly Signer[]>>;
type Repository = keyof typeof repositories;
const names = Object.keys(repositories) as readonly Repository[];

interface Image {
  readonly repository: Repository;
  readonly signers: readonly Signer[];
}

/** Resources, and what their author says of each image. */
interface PolicyCase {
  readonly resources: (host: string) => readonly object[];
  readonly lets: (image: Image) => boolean;
  /** what only CRI-O refuses; it says so */
  readonly crioRefuses?: (image: Image) => boolean;
  readonly noMatch?: "allow" | "warn";
  /** the namespace whose file is asked; default: the cluster's */
  readonly namespace?: string;
}

const signedBy = (signer: Signer) => (image: Image) => image.signers.includes(signer);
const below = (prefix: string) => (image: Image) => image.repository.startsWith(`${prefix}/`);
const any = () => true;
const none = () => false;

function policy(name: string, globs: readonly string[], authorities: readonly object[], more: object = {}) {
  return {
    apiVersion: "policy.sigstore.dev/v1beta1",
    kind: "ClusterImagePolicy",
    metadata: { name },
    spec: { images: globs.map((glob) => ({ glob })), authorities, ...more },
  };
}

function tighter(name: string, globs: readonly string[], authorities: readonly object[]) {
  return {
    apiVersion: "policy.countersign.dev/v1alpha1",
    kind: "ImagePolicy",
    metadata: { name, namespace: "shop" },
    spec: { images: globs.map((glob) => ({ glob })), authorities },
  };
}

function openShift(name: string, scopes: readonly string[], signer: Signer, matchPolicy: object) {
  const keyData = Buffer.from(keys[signer].publicKeyPem).toString("base64");
  return {
    apiVersion: "config.openshift.io/v1",
    kind: "ClusterImagePolicy",
    metadata: { name },
    spec: {
      scopes,
      policy: {
        rootOfTrust: { policyType: "PublicKey", publicKey: { keyData } },
        signedIdentity: matchPolicy,
      },
    },
  };
}

const key = (signer: Signer) => ({ name: signer, key: { data: keys[signer].publicKeyPem } });
const always = (action: "pass" | "fail") => ({ name: action, static: { action } });

const cases: Readonly<Record<string, PolicyCase>> = {
  "one key for a registry": {
    resources: (host) => [policy("one", [`${host}/**`], [key("a")])],
    lets: signedBy("a"),
  },
  "one key for a repository and those below": {
    resources: (host) => [policy("one", [`${host}/team@*`, `${host}/team/**`], [key("a")])],
    lets: (image) => (image.repository === "team" || below("team")(image)) && signedBy("a")(image),
  },
  "one key for what is below a repository": {
    resources: (host) => [policy("one", [`${host}/team/**`], [key("a")])],
    lets: (image) => below("team")(image) && signedBy("a")(image),
    crioRefuses: any,
  },
  "one key for what is below a repository, where others need none": {
    resources: (host) => [policy("one", [`${host}/team/**`], [key("b")])],
    noMatch: "allow",
    lets: (image) => !below("team")(image) || signedBy("b")(image),
    crioRefuses: ({ repository }) => repository === "team",
  },
  "one repository alone": {
    resources: (host) => [policy("one", [`${host}/team/app@*`], [key("a")])],
    lets: ({ repository }) => repository === "team/app",
    crioRefuses: any,
  },
  "either of two keys": {
    resources: (host) => [policy("one", [`${host}/**`], [key("a"), key("b")])],
    lets: ({ signers }) => signers.length > 0,
  },
  "two policies that match, both of which must hold": {
    resources: (host) => [
      policy("one", ["**"], [key("a")]),
      policy("two", [`${host}/other/**`, `${host}/other@*`], [key("b")]),
    ],
    lets: (image) => signedBy("a")(image) && (!below("other")(image) || signedBy("b")(image)),
  },
  "everything of one namespace of the registry, and nothing else": {
    resources: (host) => [policy("one", [`${host}/other/**`, `${host}/other@*`], [always("pass")])],
    lets: below("other"),
  },
  "what is forbidden": {
    resources: (host) => [policy("one", [`${host}/team/**`, `${host}/team@*`], [always("fail")])],
    noMatch: "allow",
    lets: ({ repository }) => !repository.startsWith("team"),
  },
  "a policy that only warns": {
    resources: (host) => [policy("one", [`${host}/**`], [key("a")], { mode: "warn" })],
    lets: any,
  },
  "what no policy matches is let in with a warning": {
    resources: () => [policy("one", ["ghcr.io/**"], [key("a")])],
    noMatch: "warn",
    lets: any,
  },
  "Docker Hub as no policy calls it": {
    resources: () => [policy("one", ["docker.io/**"], [always("pass")])],
    lets: none,
  },
  "a level of names": {
    resources: (host) => [policy("one", [`${host}/*/app@*`], [key("a")])],
    lets: (image) => ["team/app", "other/app", "te/app"].includes(image.repository) && signedBy("a")(image),
    crioRefuses: any,
  },
  "half a name": {
    resources: (host) => [policy("one", [`${host}/te**`], [key("a")])],
    lets: (image) => image.repository.startsWith("te") && signedBy("a")(image),
    crioRefuses: any,
  },
  "a namespace that asks for more": {
    resources: (host) => [
      policy("one", [`${host}/**`], [key("a")]),
      tighter("more", [`${host}/**`], [key("b")]),
    ],
    namespace: "shop",
    lets: ({ repository }) => repository === "other/app",
  },
  "a namespace that would ask for less": {
    resources: (host) => [
      policy("one", [`${host}/**`], [key("a")]),
      tighter("less", [`${host}/**`], [always("pass")]),
    ],
    namespace: "shop",
    lets: signedBy("a"),
  },
  "another namespace's wishes": {
    resources: (host) => [
      policy("one", [`${host}/**`], [key("a")]),
      tighter("more", [`${host}/**`], [key("b")]),
    ],
    lets: signedBy("a"),
  },
  "OpenShift's scopes": {
    resources: (host) => [openShift("one", [`${host}/team`], "a", { matchPolicy: "MatchRepository" })],
    lets: (image) => image.repository.startsWith("team") && signedBy("a")(image),
  },
  "OpenShift's scopes, one within the other": {
    resources: (host) => [
      openShift("one", [host], "a", { matchPolicy: "MatchRepository" }),
      openShift("two", [`${host}/team/tool`], "b", { matchPolicy: "MatchRepository" }),
    ],
    lets: (image) => (image.repository === "team/tool" ? signedBy("b")(image) : signedBy("a")(image)),
  },
  "OpenShift's scope of a namespace within the cluster's": {
    resources: (host) => [
      openShift("one", [host], "a", { matchPolicy: "MatchRepository" }),
      {
        ...openShift("two", [`${host}/team`, `${host}/other`], "b", { matchPolicy: "MatchRepository" }),
        kind: "ImagePolicy",
        metadata: { name: "two", namespace: "shop" },
      },
    ],
    namespace: "shop",
    lets: ({ repository }) => repository === "other/app" || repository === "te/app",
  },
  "OpenShift's scope beside a glob, both of which must hold": {
    resources: (host) => [
      policy("one", [`${host}/**`], [key("a")]),
      openShift("two", [`${host}/other`], "b", { matchPolicy: "MatchRepository" }),
    ],
    lets: (image) => signedBy("a")(image) && (!below("other")(image) || signedBy("b")(image)),
  },
  "OpenShift's scope of a namespace beside a glob that lets in everything": {
    resources: (host) => [
      policy("one", [`${host}/**`], [always("pass")]),
      {
        ...openShift("two", [`${host}/team`], "b", { matchPolicy: "MatchRepository" }),
        kind: "ImagePolicy",
        metadata: { name: "two", namespace: "shop" },
      },
    ],
    namespace: "shop",
    lets: (image) => !image.repository.startsWith("team") || signedBy("b")(image),
  },
  "OpenShift's exact name": {
    resources: (host) => [
      openShift("one", [host], "a", {
        matchPolicy: "ExactRepository",
        exactRepository: { repository: `${host}/team/app` },
      }),
    ],
    lets: ({ repository }) => repository === "team/app",
  },
};

/** What became of a case's resources: files below a directory, and what CRI-O's say less or more. */
interface Compiled {
  readonly directory: string;
  readonly notes: readonly { readonly effect: string }[];
}

describe("a cluster's policies decide on nodes as their authors say", () => {
  let registry: TestRegistry;
  let root: TemporaryRoot;
  before(async () => {
    root = temporaryRoot();
    registry = await startRegistry();
    for (const repository of names) {
      const { digest } = storeImage(
        registry.store,
        repository,
        { ...tinyImage, files: { repository } },
        "v1",
      );
      const reference = `${registry.address}/${repository}:v1`;
      const signers: readonly Signer[] = repositories[repository];
      const signatures = signers.map((signer) => kit.sign(keys[signer], { digest, reference }));
      if (signatures.length > 0) storeAttachments(registry.store, repository, digest, signatures);
    }
  });
  after(async () => {
    await registry.close();
    root[Symbol.dispose]();
  });

  async function compile(name: string, one: PolicyCase, target: "gateway" | "crio"): Promise<Compiled> {
    const directory = join(root.path, name, target);
    const resources = { apiVersion: "v1", kind: "List", items: one.resources(registry.address) };
    const file = root.write(join(name, "resources.json"), JSON.stringify(resources));
    const io = recordingTerminal();
    const flags = ["--unmatched", one.noMatch ?? "deny", "--target", target, "--out", directory];
    await main(["compile", "-f", file, ...flags, "--output", "json"], io);
    const { faults, notes } = JSON.parse(io.said.out);
    assert.deepEqual(faults, [], io.said.err);
    return { directory, notes };
  }

  function asked(image: string, directory: string, namespace: string | undefined): AskedFiles {
    const insecure = `[[registry]]\nlocation = "${registry.address}"\ninsecure = true\n`;
    const registriesD = join(directory, "registries.d");
    mkdirSync(registriesD, { recursive: true });
    return {
      image,
      source: `docker://${image}`,
      named: {
        policy: join(directory, namespace === undefined ? "policy.json" : `policies/${namespace}.json`),
        registriesConf: root.write("registries.conf", insecure),
        registriesD,
        authfile: undefined,
      },
      platform: { os: "linux", architecture: "amd64" },
      home: root.environment.home,
      copy: join(directory, "copy"),
    };
  }

  for (const [name, one] of Object.entries(cases)) {
    describe(name, () => {
      let gateway: Compiled;
      let crio: Compiled;
      before(async () => {
        gateway = await compile(name, one, "gateway");
        crio = await compile(name, one, "crio");
      });

      for (const repository of names) {
        it(repository, async ({ signal }) => {
          const image = { repository, signers: repositories[repository] };
          const reference = `${registry.address}/${repository}:v1`;
          const byGateway = await askCountersign(asked(reference, gateway.directory, one.namespace));
          const bySkopeo = await askSkopeo(asked(reference, crio.directory, one.namespace), signal);
          const onCrio = await askCountersign(asked(reference, crio.directory, one.namespace));
          assert.equal(byGateway.allowed, one.lets(image), byGateway.message);
          const refusedThere = one.crioRefuses?.(image) ?? false;
          const shown = readFileSync(join(crio.directory, "policy.json"), "utf8");
          assert.equal(bySkopeo.allowed, one.lets(image) && !refusedThere, `${bySkopeo.message}\n${shown}`);
          assert.deepEqual(onCrio, bySkopeo);
        });
      }

      it("tells where CRI-O refuses more", () => {
        const told = crio.notes.some(({ effect }) => effect === "refuses" || effect === "stricter");
        const refuses = names.some((repository) => {
          const image = { repository, signers: repositories[repository] };
          return one.lets(image) && (one.crioRefuses?.(image) ?? false);
        });
        assert.ok(told || !refuses);
      });
    });
  }
});
