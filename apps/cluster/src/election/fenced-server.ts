import { ApiFailure, type ApiServer } from "../kube/api-server.ts";
import type { Leadership } from "./lead-in-turn.ts";

/**
 * An API server to which only a leader writes: each write is refused once the Lease may be somebody else's, even before
 * anybody has noticed that.
 */
export function fencedServer(server: ApiServer, leadership: Pick<Leadership, "mayWrite">): ApiServer {
  function requireLead(): void {
    if (leadership.mayWrite()) return;
    throw new ApiFailure("deposed", "the Lease may be another controller's by now: nothing is written");
  }
  return {
    ...server,
    async create(...call) {
      requireLead();
      return await server.create(...call);
    },
    async replace(...call) {
      requireLead();
      return await server.replace(...call);
    },
    async replaceStatus(...call) {
      requireLead();
      return await server.replaceStatus(...call);
    },
    async delete(...call) {
      requireLead();
      return await server.delete(...call);
    },
  };
}
