import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { leases } from "../kube/api-kind.ts";
import { ApiFailure, type ApiServer } from "../kube/api-server.ts";
import { apiServerInMemory } from "../testing/api-server/api-server-in-memory.ts";
import { ObjectStore } from "../testing/api-server/object-store.ts";
import { type StagedTime, stagedTime } from "../testing/staged-time.ts";
import { fencedServer } from "./fenced-server.ts";
import { type Leadership, leadInTurn } from "./lead-in-turn.ts";
import { readLease } from "./lease-record.ts";

const lease = { namespace: "countersign-system", name: "countersign-controller" };

interface Candidate {
  readonly leads: boolean;
  readonly leadership: Leadership | undefined;
  readonly news: readonly string[];
  /** Cuts it off: every request fails, or hangs. */
  cutOff(how: "fails" | "hangs" | undefined): void;
  stop(): Promise<void>;
}

describe("leadInTurn", () => {
  let store: ObjectStore;
  let time: StagedTime;
  let candidates: Candidate[];
  beforeEach(() => {
    store = new ObjectStore();
    time = stagedTime();
    candidates = [];
  });
  afterEach(async () => {
    for (const candidate of candidates) {
      candidate.cutOff("fails");
      const stopped = candidate.stop();
      await time.pass(20_000);
      await stopped;
    }
  });

  function candidate(identity: string): Candidate {
    const server = apiServerInMemory(store);
    let cut: "fails" | "hangs" | undefined;
    const gate = async (signal: AbortSignal) => {
      if (cut === "fails") throw new ApiFailure("unreachable", "cut off");
      if (cut !== "hangs") return;
      await new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(new ApiFailure("unreachable", "given up")));
      });
    };
    const reached: ApiServer = {
      ...server,
      get: async (kind, object, signal) => {
        await gate(signal);
        return await server.get(kind, object, signal);
      },
      create: async (kind, object, signal) => {
        await gate(signal);
        return await server.create(kind, object, signal);
      },
      replace: async (kind, object, signal) => {
        await gate(signal);
        return await server.replace(kind, object, signal);
      },
    };
    const news: string[] = [];
    const stopping = new AbortController();
    let current: Leadership | undefined;
    const running = leadInTurn(
      {
        ...{ server: reached, ...lease, identity, timing: time, wall: time.now },
        events: {
          began: () => news.push("began"),
          ended: (why) => news.push(why),
          failed: () => {},
        },
      },
      async (leadership) => {
        current = leadership;
        await new Promise<void>((resolve) => leadership.signal.addEventListener("abort", () => resolve()));
        current = undefined;
      },
      stopping.signal,
    );
    const made: Candidate = {
      get leads() {
        return current !== undefined;
      },
      get leadership() {
        return current;
      },
      news,
      cutOff(how) {
        cut = how;
      },
      async stop() {
        stopping.abort();
        await running;
      },
    };
    candidates.push(made);
    return made;
  }

  const record = () => {
    const object = store.get(leases, lease);
    assert.ok(object !== undefined);
    return readLease(object);
  };

  it("has one of two lead, for as long as it renews", async () => {
    const first = candidate("first");
    await time.settle();
    const second = candidate("second");
    await time.pass(120_000);
    assert.deepEqual([first.leads, second.leads], [true, false]);
    assert.equal(record().holder, "first");
    assert.equal(record().transitions, 0);
  });

  it("gives the Lease back at the end, and the next one begins at its next look", async () => {
    const first = candidate("first");
    await time.settle();
    const second = candidate("second");
    await time.pass(5_000);
    await first.stop();
    assert.equal(record().holder, "");
    await time.pass(2_500);
    assert.equal(second.leads, true);
    assert.deepEqual(first.news, ["began", "this process ends"]);
  });

  for (const how of ["fails", "hangs"] as const) {
    it(`has a leader whose way to the server ${how} stop before anybody else begins`, async () => {
      const first = candidate("first");
      await time.settle();
      const second = candidate("second");
      await time.pass(6_000);
      const { leadership } = first;
      assert.ok(leadership !== undefined);
      first.cutOff(how);
      let stoppedAt: number | undefined;
      let begunAt: number | undefined;
      for (let elapsed = 0; elapsed < 30_000; elapsed += 100) {
        await time.pass(100);
        if (!leadership.mayWrite()) stoppedAt ??= time.now();
        if (second.leads) begunAt ??= time.now();
        assert.ok(!(leadership.mayWrite() && second.leads), "both may write");
      }
      assert.ok(stoppedAt !== undefined && begunAt !== undefined);
      assert.ok(begunAt - stoppedAt >= 3_000, `${begunAt - stoppedAt} ms between them`);
      assert.equal(first.leads, false);
      assert.equal(record().transitions, 1);
    });
  }

  it("goes on leading over a short outage", async () => {
    const first = candidate("first");
    await time.pass(4_000);
    first.cutOff("fails");
    await time.pass(5_000);
    first.cutOff(undefined);
    await time.pass(30_000);
    assert.deepEqual(first.news, ["began"]);
  });

  it("does not believe another one's clock, only that the Lease was not renewed for its duration", async () => {
    const spec = {
      holderIdentity: "other",
      leaseDurationSeconds: 15,
      acquireTime: "1999-01-01T00:00:00.000000Z",
      renewTime: "1999-01-01T00:00:00.000000Z",
      leaseTransitions: 4,
    };
    store.create(leases, { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: lease, spec });
    const late = candidate("late");
    await time.pass(14_000);
    assert.equal(late.leads, false);
    await time.pass(4_000);
    assert.equal(late.leads, true);
    assert.equal(record().transitions, 5);
  });

  it("refuses a deposed leader's writes by itself", async () => {
    const server = apiServerInMemory(store);
    const fenced = fencedServer(server, { mayWrite: () => false });
    const metadata = { ...lease, name: "other" };
    const { signal } = new AbortController();
    const object = { apiVersion: "v1", kind: "Lease", metadata };
    for (const write of [
      () => fenced.create(leases, object, signal),
      () => fenced.replace(leases, object, signal),
      () => fenced.replaceStatus(leases, object, signal),
      () => fenced.delete(leases, metadata, signal),
    ]) {
      await assert.rejects(write(), { code: "deposed" });
    }
    assert.equal(await fenced.get(leases, metadata, signal), undefined);
  });

  it("has one of many lead that begin together", async () => {
    const many = Array.from({ length: 5 }, (_, at) => candidate(`c${at}`));
    await time.pass(20_000);
    assert.equal(many.filter(({ leads }) => leads).length, 1);
  });
});
