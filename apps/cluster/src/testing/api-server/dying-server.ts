import { ApiFailure, type ApiServer } from "../../kube/api-server.ts";

/** A process's way to an API server that ends in the middle of its work. */
export interface DyingServer extends ApiServer {
  /** requests so far that would change something */
  readonly writes: number;
  readonly isDead: boolean;
}

export interface Death {
  /** at which write it comes, counted from 1 */
  readonly at: number;
  /** whether that write is still done, and only its answer lost */
  readonly isDone: boolean;
}

/** From the death on nothing is answered, as to a process that was killed. */
export function dyingServer(server: ApiServer, death: Death): DyingServer {
  let writes = 0;
  let isDead = false;

  const lost = () => new ApiFailure("unreachable", "killed");
  const reading = <T>(read: () => Promise<T>): Promise<T> => (isDead ? Promise.reject(lost()) : read());
  async function writing<T>(write: () => Promise<T>): Promise<T> {
    if (isDead) throw lost();
    if (++writes < death.at) return await write();
    isDead = true;
    if (death.isDone) await write();
    throw lost();
  }

  return {
    get writes() {
      return writes;
    },
    get isDead() {
      return isDead;
    },
    get: (...call) => reading(() => server.get(...call)),
    list: (...call) => reading(() => server.list(...call)),
    async *watch(...call) {
      if (isDead) throw lost();
      for await (const event of server.watch(...call)) {
        if (isDead) throw lost();
        yield event;
      }
    },
    create: (...call) => writing(() => server.create(...call)),
    replace: (...call) => writing(() => server.replace(...call)),
    replaceStatus: (...call) => writing(() => server.replaceStatus(...call)),
    delete: (...call) => writing(() => server.delete(...call)),
  };
}
