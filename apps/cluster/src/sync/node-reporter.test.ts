import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import fc from "fast-check";
import { leases } from "../kube/api-kind.ts";
import { ApiFailure, type ApiServer } from "../kube/api-server.ts";
import { apiServerInMemory } from "../testing/api-server/api-server-in-memory.ts";
import { ObjectStore } from "../testing/api-server/object-store.ts";
import { type StagedTime, stagedTime } from "../testing/staged-time.ts";
import { nodeReportName, nodeReportObject, readNodeReport } from "./node-report.ts";
import { type NodeReporter, nodeReporter } from "./node-reporter.ts";

const namespace = "countersign-system";

describe("nodeReporter", () => {
  let store: ObjectStore;
  let time: StagedTime;
  let isAway: boolean;
  let reporter: NodeReporter;
  let stop: () => Promise<void>;
  const failures: ApiFailure[] = [];

  beforeEach(() => {
    store = new ObjectStore();
    time = { ...stagedTime(), random: () => 0.5 };
    isAway = false;
    failures.length = 0;
    const server = apiServerInMemory(store);
    const reached: ApiServer = {
      ...server,
      async replace(...call) {
        if (isAway) throw new ApiFailure("unreachable", "away");
        return await server.replace(...call);
      },
    };
    reporter = nodeReporter({
      ...{ server: reached, namespace, node: "n1", target: "gateway", timing: time, wall: time.now },
      patience: { pause: () => new Promise((resolve) => void time.after(1_000, resolve)) },
      failed(error) {
        failures.push(error);
        isAway = failures.length < 3;
      },
    });
    const stopping = new AbortController();
    const running = reporter.run(stopping.signal);
    stop = async () => {
      stopping.abort();
      await running;
    };
  });
  afterEach(async () => {
    const stopped = stop();
    await time.pass(20_000);
    await stopped;
  });

  const reported = () => {
    const object = store.get(leases, { namespace, name: nodeReportName("n1", "gateway") });
    return object && readNodeReport(object);
  };
  const version = () => Number(store.version);
  const applied = (generation: number, reportWithin: number) => ({
    ...{ generation, reportWithin, left: new Map<string, string>(), withoutRoom: new Set<string>() },
  });

  it("tells what is new after a random part of the time it is asked to take", async () => {
    reporter.applied(applied(7, 100));
    await time.pass(49_000);
    assert.equal(reported(), undefined);
    await time.pass(2_000);
    assert.equal(reported()?.generation, 7);
  });

  it("tells many changes at once, and nothing twice", async () => {
    for (const generation of [1, 2, 3]) reporter.applied(applied(generation, 10));
    await time.pass(6_000);
    const before = version();
    reporter.applied(applied(3, 10));
    await time.pass(20_000);
    assert.equal(reported()?.generation, 3);
    assert.equal(version(), before);
  });

  it("says that the node lives, some twelve times an hour", async () => {
    reporter.applied(applied(1, 1));
    await time.pass(1_000);
    const before = version();
    await time.pass(3_600_000);
    const writes = version() - before;
    assert.ok(writes >= 10 && writes <= 12, `${writes} writes`);
  });

  it("tells of trouble and that it is over, and what the node has all the while", async () => {
    reporter.applied(applied(1, 1));
    await time.pass(1_000);
    reporter.troubled("no such part");
    await time.pass(16_000);
    assert.deepEqual([reported()?.generation, reported()?.problem], [1, "no such part"]);
    reporter.applied(applied(2, 1));
    await time.pass(1_000);
    assert.deepEqual([reported()?.generation, reported()?.problem], [2, undefined]);
  });

  it("tells for which namespaces it is not applied, and that it is over", async () => {
    reporter.applied({ ...applied(1, 1), left: new Map([["shop", "shop.json is somebody else's"]]) });
    await time.pass(1_000);
    assert.deepEqual([reported()?.left, reported()?.problem], [["shop"], "shop.json is somebody else's"]);
    reporter.applied(applied(1, 1));
    await time.pass(1_000);
    assert.deepEqual([reported()?.left, reported()?.problem], [[], undefined]);
  });

  it("tells for which namespaces there is no room, which troubles nobody else, and that there is again", async () => {
    for (const names of [["shop", "lab"], ["lab"], []]) {
      reporter.applied({ ...applied(1, 1), withoutRoom: new Set(names) });
      await time.pass(1_000);
      assert.deepEqual([reported()?.withoutRoom, reported()?.problem], [names.sort(), undefined]);
    }
  });

  it("names some namespaces of many, and says that there are more", async () => {
    const left = new Map(Array.from({ length: 60 }, (_, at) => [`n${at}`, "left"]));
    reporter.applied({ ...applied(1, 1), left, withoutRoom: new Set(left.keys()) });
    await time.pass(1_000);
    assert.deepEqual([reported()?.left.length, reported()?.left.at(-1)], [51, "*"]);
    assert.deepEqual([reported()?.withoutRoom.length, reported()?.withoutRoom.at(-1)], [51, "*"]);
  });

  it("tells again what could not be told", async () => {
    reporter.applied(applied(1, 1));
    await time.pass(1_000);
    isAway = true;
    reporter.applied(applied(2, 1));
    await time.pass(60_000);
    assert.equal(failures.length, 3);
    assert.equal(reported()?.generation, 2);
  });

  it("goes on when somebody else wrote or removed its report", async () => {
    reporter.applied(applied(1, 1));
    await time.pass(1_000);
    store.delete(leases, { namespace, name: nodeReportName("n1", "gateway") });
    reporter.applied(applied(2, 1));
    await time.pass(10_000);
    assert.equal(reported()?.generation, 2);
  });
});

it("a report is read as it was written, whatever a node is called", () => {
  const name = fc.stringMatching(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/);
  const namespaces = fc.array(fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/), { maxLength: 50 });
  const reports = fc.record(
    {
      node: name,
      target: fc.constantFrom("gateway", "crio"),
      generation: fc.option(fc.integer({ min: 1 }), { nil: undefined }),
      problem: fc.option(fc.string({ minLength: 1, maxLength: 100 }), { nil: undefined }),
      left: namespaces,
      withoutRoom: namespaces,
      renewed: fc.integer({ min: 0, max: 4e12 }),
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(reports, (report) => {
      const object = nodeReportObject(namespace, report);
      assert.ok(object.metadata.name.length <= 253);
      assert.deepEqual(readNodeReport(object), report);
    }),
  );
});
