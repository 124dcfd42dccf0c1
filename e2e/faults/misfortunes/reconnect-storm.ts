import { connect } from "node:net";
import { clientPreface } from "@countersign/gateway/relay/frame";
import { noExcuses } from "../questions/excuses.ts";
import { rawCall, wide } from "../world/raw-call.ts";
import type { Misfortune } from "./misfortune.ts";

/** Connections that come and go by the hundred, whole, half-begun or with calls under way, as after a restart of everything. */
export const reconnectStorm: Misfortune = {
  name: "reconnect-storm",
  touches: ["callers"],
  plan(draw) {
    const rounds = 2 + draw.below(5);
    const perRound = 20 + draw.below(150);
    const manners = Array.from({ length: 16 }, () => draw.below(4));
    return {
      what: `${rounds} times ${perRound} callers connect and leave`,
      excuses: noExcuses,
      lasts: 0,
      async begin({ gateway }) {
        for (let round = 0; round < rounds; round++) {
          await Promise.all(
            Array.from({ length: perRound }, (_, n) =>
              comeAndGo(gateway.socket, manners[n % manners.length] ?? 0),
            ),
          );
        }
        return async () => {};
      },
    };
  },
};

const list = "/runtime.v1.RuntimeService/ListContainers";

/** Whoever finds no gateway, or loses it, has come and gone too. */
function comeAndGo(path: string, manner: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.on("error", () => {});
    socket.once("close", () => resolve());
    socket.once("connect", () => {
      const said = [Buffer.alloc(0), clientPreface.subarray(0, 10), Buffer.concat([clientPreface, ...wide])];
      socket.write(
        said[manner] ?? Buffer.concat([clientPreface, ...wide, rawCall(1, list, Buffer.alloc(0))]),
      );
      setTimeout(() => socket.destroy(), manner * 3);
    });
  });
}
