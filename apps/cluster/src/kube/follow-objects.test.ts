import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import { errors } from "undici";
import { type ApiServerOnHttp, apiServerOnHttp } from "../testing/api-server/api-server-on-http.ts";
import { ObjectStore } from "../testing/api-server/object-store.ts";
import { configMaps } from "./api-kind.ts";
import type { ApiFailure, ApiServer } from "./api-server.ts";
import { apiServerOverHttp, type OpenApiServer } from "./api-server-over-http.ts";
import { followObjects, type ObjectChange } from "./follow-objects.ts";
import { backoffMs } from "./patience.ts";
import { readWatchEvents } from "./watch-events.ts";

describe("followObjects", () => {
  let store: ObjectStore;
  let http: ApiServerOnHttp;
  let server: OpenApiServer;
  let stopping: AbortController;
  let changes: AsyncGenerator<ObjectChange>;
  const failures: ApiFailure[] = [];

  const put = (name: string, value = "1") => {
    const metadata = { namespace: "n", name };
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata, data: { value } };
    return store.get(configMaps, metadata) === undefined
      ? store.create(configMaps, object)
      : store.replace(configMaps, object, "object");
  };
  const next = async (): Promise<ObjectChange | undefined> => {
    const { value } = await changes.next();
    return value;
  };

  beforeEach(async () => {
    store = new ObjectStore();
    http = await apiServerOnHttp(store);
    server = apiServerOverHttp({
      url: http.url,
      ca: undefined,
      certificate: undefined,
      token: async () => undefined,
    });
    stopping = new AbortController();
    failures.length = 0;
    const following = {
      server,
      kind: configMaps,
      selection: { namespace: "n" },
      pause: () => setImmediate(),
      failed: (error: ApiFailure) => failures.push(error),
    };
    changes = followObjects(following, stopping.signal);
  });
  afterEach(async () => {
    stopping.abort();
    await changes.return(undefined);
    await server.close();
    await http.close();
  });

  it("tells all there is, over all pages, then each change", async () => {
    for (let at = 0; at < 1200; at++) put(`many-${at}`);
    const first = await next();
    assert.ok(first?.type === "listed");
    assert.equal(first.objects.length, 1200);
    put("one");
    assert.equal((await next())?.type, "set");
    store.delete(configMaps, { namespace: "n", name: "one" });
    assert.equal((await next())?.type, "removed");
  });

  it("goes on from where it was when the watch is cut", async () => {
    await next();
    put("before");
    await next();
    http.dropWatches();
    put("while it was cut");
    const change = await next();
    assert.ok(change?.type === "set");
    assert.equal(change.object.metadata.name, "while it was cut");
  });

  it("goes on without an alarm, and without a pause, where a watch was silent for long", async () => {
    const quiet: string[] = [];
    const silent: ApiServer = {
      ...server,
      async *watch(kind, query, signal) {
        quiet.push(query.version);
        const body = new Readable({
          read() {
            this.destroy(new errors.BodyTimeoutError());
          },
        });
        if (quiet.length < 20) yield* readWatchEvents(body, signal);
        else yield* server.watch(kind, query, signal);
      },
    };
    let pauses = 0;
    const following = {
      ...{ server: silent, kind: configMaps, selection: { namespace: "n" } },
      pause: async () => void pauses++,
      failed: (error: ApiFailure) => failures.push(error),
    };
    const changed = followObjects(following, stopping.signal);
    await changed.next();
    const telling = changed.next();
    while (quiet.length < 20) await setImmediate();
    put("at last");
    assert.equal((await telling).value?.type, "set");
    assert.deepEqual([failures, pauses, new Set(quiet).size], [[], 0, 1]);
  });

  it("lists anew when what happened meanwhile was forgotten", async () => {
    await next();
    http.failWith(503);
    http.dropWatches();
    put("missed");
    store.compact();
    put("after");
    const telling = next();
    while (failures.length === 0) await setImmediate();
    http.failWith(undefined);
    const change = await telling;
    assert.ok(change?.type === "listed");
    assert.deepEqual(
      change.objects.map(({ metadata }) => metadata.name),
      ["after", "missed"],
    );
  });
});

describe("backoffMs", () => {
  it("grows, within limits, and is never nothing", () => {
    assert.equal(backoffMs(0, undefined, 0), 200);
    assert.ok(backoffMs(20, undefined, 1) <= 30_200);
    assert.ok(backoffMs(1, undefined, 0.5) < backoffMs(4, undefined, 0.5));
  });

  it("waits at least as long as the server asks", () => {
    assert.ok(backoffMs(0, 5000, 0) >= 5000);
  });
});
