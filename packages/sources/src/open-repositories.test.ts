import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { parseNamedReference } from "@countersign/engine/values/image-reference";
import {
  answers,
  breaksOff,
  corrupts,
  neverEnds,
  refuses,
  resets,
  stalls,
  tooManyRequests,
} from "@countersign/testkit/registry/faults";
import { type ManualTiming, manualTiming } from "@countersign/testkit/registry/manual-timing";
import {
  startRegistry,
  type TestRegistry,
  type TestRegistryOptions,
} from "@countersign/testkit/registry/registry";
import { answer } from "@countersign/testkit/registry/registry-answer";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { type OpenRepository, openRepositories } from "./open-repositories.ts";
import { copyBlob } from "./registry/copy-blob.ts";

const { signal } = new AbortController();
const manifestType = "application/vnd.oci.image.manifest.v1+json";
const emptyManifest = { bytes: Buffer.from('{"schemaVersion":2}'), mediaType: manifestType };
const blob = Buffer.from("some bytes");
const digest = digestOf(blob);

/** Registries, and repositories in them as somebody with credentials opens them. */
interface Site extends AsyncDisposable {
  readonly registry: TestRegistry;
  readonly timing: ManualTiming;
  open(path: string, access?: "read" | "write", registry?: TestRegistry): Promise<OpenRepository>;
}

async function site(options: TestRegistryOptions = {}, others: readonly TestRegistry[] = []): Promise<Site> {
  const registry = await startRegistry(options);
  const root = temporaryRoot();
  const addresses = [registry, ...others].map(({ address }) => address);
  root.write(
    "etc/containers/registries.conf",
    addresses.map((address) => `[[registry]]\nlocation = "${address}"\ninsecure = true\n`).join(""),
  );
  const auths = Object.fromEntries(addresses.map((address) => [address, { auth: "dTpw" }]));
  const authfile = root.write("auth.json", JSON.stringify({ auths }));
  const timing = manualTiming();
  const { environment } = root;
  const unset = { registriesConf: undefined, registriesD: undefined };
  const repositories = openRepositories({ environment, ...unset, authfile }, timing);
  return {
    registry,
    timing,
    open: (path, access = "write", there = registry) =>
      repositories.open(parseNamedReference(`${there.address}/${path}`), access, signal),
    async [Symbol.asyncDispose]() {
      await repositories.close();
      await registry.close();
      root[Symbol.dispose]();
    },
  };
}

const asked = ({ requests }: TestRegistry): string[] =>
  requests.map(({ method, path }) => `${method} ${path.split("?")[0]}`);

describe("a blob that is put", () => {
  it("is there afterwards, and is not sent again", async () => {
    await using here = await site();
    const app = await here.open("app");
    assert.equal(await app.putBlob(blob, signal), digest);
    assert.deepEqual(here.registry.store.blob("app", digest), blob);
    const before = here.registry.requests.length;
    await app.putBlob(blob, signal);
    assert.deepEqual(asked(here.registry).slice(before), [`HEAD /v2/app/blobs/${digest}`]);
  });

  it("is put by those alone who may, with a token for both directions", async () => {
    const access = { type: "bearer", users: { u: "p" }, publicRepositories: ["app"] } as const;
    await using here = await site({ access });
    const app = await here.open("app");
    await app.putBlob(blob, signal);
    const scopes = here.registry.requests
      .filter(({ path }) => path.startsWith("/token"))
      .map(({ path }) => new URL(path, "http://h").searchParams.getAll("scope"));
    assert.deepEqual(scopes, [["repository:app:pull,push"]]);
  });

  it("is refused with the registry's words", async () => {
    await using here = await site();
    here.registry.fail(/^POST /, refuses(403, "DENIED", "read only"));
    const app = await here.open("app");
    await assert.rejects(app.putBlob(blob, signal), {
      code: "REGISTRY_DENIED",
      message: `starting an upload in ${here.registry.address}/app: denied: read only`,
    });
  });

  it("is sent again after trouble that passes", async () => {
    await using here = await site();
    here.registry.fail(/^POST /, tooManyRequests("3"), 1);
    here.registry.fail(/^PUT /, resets(), 1);
    const app = await here.open("app");
    await app.putBlob(blob, signal);
    assert.deepEqual(here.registry.store.blob("app", digest), blob);
    assert.equal(here.timing.slept[0], 3000);
  });

  it("is sent to where the registry says, without its secrets if that is elsewhere", async () => {
    await using elsewhere = await startRegistry();
    await using here = await site({ access: { type: "basic", users: { u: "p" } } });
    here.registry.fail(
      /^POST /,
      answers(answer(202, { location: `http://${elsewhere.address}/v2/app/blobs/uploads/` })),
    );
    elsewhere.fail(/^PUT /, answers(answer(201)));
    const app = await here.open("app");
    await app.putBlob(blob, signal);
    const [last] = elsewhere.requests.slice(-1);
    assert.deepEqual(
      [last?.method, last?.body, last?.headers["authorization"]],
      ["PUT", "some bytes", undefined],
    );
  });

  const places: readonly (readonly [what: string, location: string | undefined])[] = [
    ["nowhere", undefined],
    ["to what is no address of the web", "file:///etc/passwd"],
  ];
  for (const [what, location] of places) {
    it(`goes ${what} when the registry says so`, async () => {
      await using here = await site();
      const headers = location === undefined ? {} : { location };
      here.registry.fail(/^POST /, answers(answer(202, headers)));
      const app = await here.open("app");
      await assert.rejects(app.putBlob(blob, signal), {
        code: "REGISTRY_ANSWER_INVALID",
        message: `starting an upload in ${here.registry.address}/app: the registry does not say where to`,
      });
    });
  }
});

describe("a blob of another repository", () => {
  it("is taken over without being sent", async () => {
    await using here = await site({ access: { type: "bearer", users: { u: "p" } } });
    here.registry.store.putBlob("other", blob);
    const app = await here.open("app");
    assert.equal(await app.mountBlob(digest, "other", signal), true);
    assert.deepEqual(here.registry.store.blob("app", digest), blob);
  });
  for (const [what, status] of [
    ["cannot be taken over where the registry opens an upload instead", 202],
    ["cannot be taken over by those who may not read it", 403],
  ] as const) {
    it(what, async () => {
      await using here = await site();
      here.registry.fail(/^POST /, answers(answer(status, { location: "/v2/app/blobs/uploads/x" })));
      assert.equal(await (await here.open("app")).mountBlob(digest, "other", signal), false);
    });
  }
});

describe("a manifest that is put", () => {
  it("is there under its tag", async () => {
    await using here = await site();
    const app = await here.open("app");
    const { digest: stored } = await app.putManifest("v1", emptyManifest, signal);
    assert.equal(stored, digestOf(emptyManifest.bytes));
    assert.equal(here.registry.store.manifest("app", "v1")?.mediaType, manifestType);
    assert.equal(await app.hasManifest(stored, signal), true);
  });
  it("must be what the registry says it has stored", async () => {
    await using here = await site();
    here.registry.fail(/^PUT /, answers(answer(201, { "docker-content-digest": digest })));
    await assert.rejects((await here.open("app")).putManifest("v1", emptyManifest, signal), {
      code: "REGISTRY_ANSWER_INVALID",
    });
  });
  it("replaces only what was there before", async () => {
    await using here = await site();
    const app = await here.open("app");
    assert.equal(await app.inPlace("v1", signal), undefined);
    const first = await app.replaceManifest("v1", emptyManifest, undefined, signal);
    const found = await app.inPlace("v1", signal);
    const other = { ...emptyManifest, bytes: Buffer.from('{"schemaVersion":2} ') };
    assert.notEqual(first, undefined);
    assert.equal(await app.replaceManifest("v1", other, undefined, signal), undefined);
    assert.notEqual(await app.replaceManifest("v1", other, found, signal), undefined);
    assert.equal(await app.replaceManifest("v1", emptyManifest, found, signal), undefined);
  });
  for (const [what, code] of [
    ["a server that fails", "INTERNAL"],
    ["a denial with the status of absence", "DENIED"],
  ] as const) {
    it(`does not take ${what} for a tag that leads nowhere`, async () => {
      await using here = await site();
      here.registry.fail(/^GET .*manifests/, refuses(code === "DENIED" ? 404 : 500, code, "trouble"));
      await assert.rejects((await here.open("app")).inPlace("v1", signal));
    });
  }
});

describe("copyBlob", () => {
  const large = Buffer.alloc(5 * 1024 * 1024, "countersign ");
  const largeDigest = digestOf(large);
  const copied = { digest: largeDigest, size: large.length };

  /** Copies from one registry to another, either of which may be made to fail. */
  async function copying(
    prepare: (source: TestRegistry, destination: TestRegistry) => void,
    descriptor = copied,
  ): Promise<{ failure: unknown; stored: Uint8Array | undefined; moved: number }> {
    await using source = await startRegistry();
    await using here = await site({}, [source]);
    source.store.putBlob("from", large);
    prepare(source, here.registry);
    const from = await here.open("from", "read", source);
    const to = await here.open("to");
    let moved = 0;
    const failure = await copyBlob(from, to, descriptor, (bytes) => (moved = bytes), signal).then(
      () => undefined,
      (error: unknown) => error,
    );
    return { failure, stored: here.registry.store.blob("to", largeDigest), moved };
  }

  it("brings every byte", async () => {
    const { failure, stored, moved } = await copying(() => {});
    assert.equal(failure, undefined);
    assert.equal(Buffer.compare(stored ?? Buffer.alloc(0), large), 0);
    assert.equal(moved, large.length);
  });

  it("brings nothing of nothing", async () => {
    await using here = await site();
    const empty = { digest: here.registry.store.putBlob("from", Buffer.alloc(0)), size: 0 };
    await copyBlob(await here.open("from"), await here.open("to"), empty, () => {}, signal);
    assert.equal(here.registry.store.blob("to", empty.digest)?.length, 0);
  });

  const rows: readonly (readonly [
    what: string,
    prepare: (source: TestRegistry, destination: TestRegistry) => void,
    expected: { readonly code: string; readonly message: RegExp },
  ])[] = [
    [
      "what is not what its digest says",
      (source) => source.fail(/^GET .*blobs/, corrupts()),
      { code: "REGISTRY_ANSWER_INVALID", message: /^digest mismatch, expected "sha256:/ },
    ],
    [
      "what never ends",
      (source) => source.fail(/^GET .*blobs/, neverEnds()),
      { code: "TOO_LARGE", message: /exceeded|more than/ },
    ],
    [
      "what breaks off",
      (source) => source.fail(/^GET .*blobs/, breaksOff(1000)),
      {
        code: "REGISTRY_UNREACHABLE",
        message: /^Get .*: (unexpected EOF|EOF|read: connection reset by peer)$/,
      },
    ],
    [
      "what is not there",
      (source) => source.fail(/^GET .*blobs/, refuses(404, "BLOB_UNKNOWN", "blob unknown to registry")),
      {
        code: "REGISTRY_NOT_FOUND",
        message: /^reading blob sha256:\S+ in \S+\/from: blob unknown$/,
      },
    ],
  ];
  for (const [what, prepare, expected] of rows) {
    it(`stores nothing of ${what}`, async () => {
      const { failure, stored } = await copying(prepare);
      assert.equal(stored?.length, undefined);
      await assert.rejects(Promise.reject(failure), expected);
    });
  }

  it("tells what the other registry does not take", async () => {
    const { failure } = await copying((_, to) => to.fail(/^PUT /, refuses(403, "DENIED", "quota")));
    const message = /^uploading blob sha256:\S+ in \S+\/to: denied: quota$/;
    await assert.rejects(Promise.reject(failure), { code: "REGISTRY_DENIED", message });
  });

  for (const [what, size] of [
    ["larger", large.length - 1],
    ["smaller", large.length + 1],
  ] as const) {
    it(`stores nothing of what is ${what} than it should be`, async () => {
      const { failure, stored } = await copying(() => {}, { digest: largeDigest, size });
      assert.equal(stored?.length, undefined);
      assert.ok(failure instanceof CountersignError);
    });
  }

  it("gives up when nothing moves", async () => {
    await using source = await startRegistry();
    await using here = await site({}, [source]);
    source.store.putBlob("from", large);
    source.fail(/^GET .*blobs/, stalls());
    const copy = copyBlob(
      await here.open("from", "read", source),
      await here.open("to"),
      copied,
      () => {},
      signal,
    );
    const failed = assert.rejects(copy, { code: "REGISTRY_UNREACHABLE", message: /nothing moved for 60s$/ });
    while (!asked(source).includes(`GET /v2/from/blobs/${largeDigest}`)) await new Promise(setImmediate);
    await here.timing.untilAwaited(60_000);
    for (let minute = 0; minute < 3; minute++) {
      here.timing.advance(60_000);
      await new Promise(setImmediate);
    }
    await failed;
  });

  it("ends when it is told to", async () => {
    await using source = await startRegistry();
    await using here = await site({}, [source]);
    source.store.putBlob("from", large);
    const stop = new AbortController();
    source.fail(
      /^GET .*blobs/,
      stalls(() => stop.abort()),
    );
    const [from, to] = [await here.open("from", "read", source), await here.open("to")];
    await assert.rejects(
      copyBlob(from, to, copied, () => {}, stop.signal),
      { code: "CANCELLED" },
    );
  });
});
