import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { configMaps, type ObjectName } from "../../kube/api-kind.ts";
import type { ApiObject } from "../../kube/api-object.ts";
import { ApiFailure, type ApiFailureCode, type ApiServer, type WatchEvent } from "../../kube/api-server.ts";

/** An API server to be held to what all of them do, and a namespace in it that nobody else uses. */
export interface ApiServerUnderTest {
  readonly server: ApiServer;
  readonly namespace: string;
  close(): Promise<void>;
}

/** One that can be made to forget what happened until now, as each does after some minutes. */
export interface ForgetfulApiServer extends ApiServerUnderTest {
  compact(): Promise<void>;
}

const { signal } = new AbortController();

function configMap(
  name: ObjectName & { readonly namespace: string },
  data: Record<string, string> = {},
  labels = {},
): ApiObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { ...name, labels }, data };
}

function failing(code: ApiFailureCode, call: Promise<unknown>): Promise<void> {
  return assert.rejects(call, (error) => error instanceof ApiFailure && error.code === code);
}

/** What is too old is said to be expired, instead of something being left out. */
export function expiryContract(what: string, open: () => Promise<ForgetfulApiServer>): void {
  describe(`${what} says that it has forgotten`, () => {
    let under: ForgetfulApiServer;
    before(async () => {
      under = await open();
      for (const name of ["a", "b"]) await create(name);
    });
    after(() => under.close());

    const create = (name: string) =>
      under.server.create(
        configMaps,
        configMap({ namespace: under.namespace, name }, {}, { old: "yes" }),
        signal,
      );

    it("when it is asked for what came after it, or for the next page", async () => {
      const query = { namespace: under.namespace, labels: "old=yes" };
      const { version, next } = await under.server.list(configMaps, { ...query, limit: 1 }, signal);
      // two: etcd keeps the very version that it forgets up to
      for (const name of ["c", "d"]) await create(name);
      await under.compact();
      await create("e");
      await failing("expired", take(under.server, { ...query, version }, 1));
      await failing("expired", under.server.list(configMaps, { ...query, limit: 1, after: next }, signal));
    });
  });
}

/** What this program relies on, whichever API server it is. Source: kubernetes.io/docs/reference/using-api/api-concepts. */
export function apiServerContract(what: string, open: () => Promise<ApiServerUnderTest>): void {
  describe(`${what} keeps the contract of an API server:`, () => {
    let under: ApiServerUnderTest;
    before(async () => {
      under = await open();
    });
    after(() => under.close());

    const named = (name: string) => ({ namespace: under.namespace, name }) satisfies ObjectName;
    const create = (name: string, data = {}, labels = {}) =>
      under.server.create(configMaps, configMap(named(name), data, labels), signal);

    it("what was created can be got, and what was not is not there", async () => {
      const made = await create("made", { a: "1" });
      const got = await under.server.get(configMaps, named("made"), signal);
      assert.deepEqual(got?.data, { a: "1" });
      assert.equal(got?.metadata.uid, made.metadata.uid);
      assert.equal(await under.server.get(configMaps, named("absent"), signal), undefined);
    });

    it("a name is created once", async () => {
      await create("once");
      await failing("exists", create("once"));
    });

    it("a change of what changed meanwhile is refused, and of what is gone", async () => {
      const first = await create("changing", { a: "1" });
      const second = await under.server.replace(configMaps, { ...first, data: { a: "2" } }, signal);
      assert.notEqual(second.metadata.resourceVersion, first.metadata.resourceVersion);
      await failing("conflict", under.server.replace(configMaps, { ...first, data: { a: "3" } }, signal));
      assert.equal(await under.server.delete(configMaps, named("changing"), signal), true);
      assert.equal(await under.server.delete(configMaps, named("changing"), signal), false);
      await failing("notFound", under.server.replace(configMaps, { ...second, data: {} }, signal));
    });

    it("a list comes in pages, whatever is created meanwhile", async () => {
      for (const name of ["page-a", "page-b", "page-c"]) await create(name, {}, { pages: "yes" });
      const query = { namespace: under.namespace, labels: "pages=yes", limit: 2 };
      const first = await under.server.list(configMaps, query, signal);
      await create("page-d", {}, { pages: "yes" });
      const second = await under.server.list(configMaps, { ...query, after: first.next }, signal);
      const names = [...first.objects, ...second.objects].map(({ metadata }) => metadata.name);
      assert.deepEqual(names, ["page-a", "page-b", "page-c"]);
      assert.equal(second.next, undefined);
    });

    it("a watch from a list's version misses nothing", async () => {
      const query = { namespace: under.namespace, labels: "watched=yes" };
      await create("watched-before", {}, { watched: "yes" });
      const { version, objects } = await under.server.list(configMaps, { ...query, limit: 10 }, signal);
      assert.equal(objects.length, 1);
      const made = await create("watched", { a: "1" }, { watched: "yes" });
      await create("unwatched");
      await under.server.replace(configMaps, { ...made, data: { a: "2" } }, signal);
      await under.server.delete(configMaps, named("watched"), signal);
      const seen = await take(under.server, { ...query, version }, 3);
      assert.deepEqual(
        seen.map(({ type }) => type),
        ["added", "modified", "deleted"],
      );
      assert.ok(seen.every((event) => event.object.metadata.name === "watched"));
    });

    it("calls are answered beside as many watches as there are", async () => {
      const { version } = await under.server.list(
        configMaps,
        { namespace: under.namespace, limit: 1 },
        signal,
      );
      const stopping = new AbortController();
      const query = { namespace: under.namespace, labels: "many=yes", version };
      const seen = Array.from({ length: 20 }, async () => {
        for await (const event of under.server.watch(configMaps, query, stopping.signal)) {
          if (event.type !== "bookmark") return event.object.metadata.name;
        }
        return undefined;
      });
      await create("many", {}, { many: "yes" });
      assert.deepEqual(new Set(await Promise.all(seen)), new Set(["many"]));
      stopping.abort();
    });

    it("a watch of one object sees that one", async () => {
      await create("alone");
      const one = { namespace: under.namespace, name: "alone" };
      const start = await under.server.list(configMaps, { ...one, limit: 1 }, signal);
      await create("not-alone");
      await under.server.delete(configMaps, named("alone"), signal);
      const [event] = await take(under.server, { ...one, version: start.version }, 1);
      assert.equal(event?.type, "deleted");
    });
  });
}

type ObjectEvent = Exclude<WatchEvent, { readonly type: "bookmark" }>;

/** The next events that are about objects. */
async function take(
  server: ApiServer,
  query: {
    readonly namespace: string;
    readonly version: string;
    readonly labels?: string;
    readonly name?: string;
  },
  count: number,
): Promise<readonly ObjectEvent[]> {
  const stopping = new AbortController();
  const seen: ObjectEvent[] = [];
  for await (const event of server.watch(configMaps, query, stopping.signal)) {
    if (event.type !== "bookmark") seen.push(event);
    if (seen.length === count) break;
  }
  stopping.abort();
  return seen;
}
