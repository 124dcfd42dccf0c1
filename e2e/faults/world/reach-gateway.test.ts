import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Violations } from "../violation.ts";
import { reachGateway } from "./reach-gateway.ts";

describe("reachGateway", () => {
  it("tries again until there is a gateway", async () => {
    await using place = await somewhere();
    const violations = new Violations();
    // A socket's connect(2) has its answer before this returns: there was nobody yet.
    const reaching = reachGateway(place.socket, violations, { tries: 10_000, pause: 1 });
    const server = createServer().listen(place.socket);
    using caller = await reaching;
    server.close();
    assert.ok(caller !== undefined);
    assert.deepEqual(violations.all, []);
  });

  it("notes that there was none however often it tried", async () => {
    await using place = await somewhere();
    const violations = new Violations();
    assert.equal(await reachGateway(place.socket, violations, { tries: 3, pause: 1 }), undefined);
    assert.deepEqual(violations.all, [
      { kind: "no answer", message: "nobody could connect to the gateway, 3 times in a row: ENOENT" },
    ]);
  });

  it("takes nothing else for a gateway that is away", async () => {
    await using place = await somewhere();
    await mkdir(place.socket);
    const tooLong = join(place.socket, "x".repeat(200));
    await assert.rejects(reachGateway(tooLong, new Violations(), { tries: 3, pause: 1 }));
  });
});

async function somewhere() {
  const directory = await mkdtemp(join(tmpdir(), "reach-"));
  return {
    socket: join(directory, "cri.sock"),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  };
}
