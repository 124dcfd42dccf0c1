import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import type { RuntimeEndpoint } from "./runtime-endpoint.ts";

/** Windows for bulk answers: as wide as grpc-go's own estimate grows on a local socket. */
const streamWindow = 1024 * 1024;
const sessionWindow = 16 * 1024 * 1024;

/** One shared HTTP/2 connection to the runtime for calls of our own. */
export interface RuntimeSession {
  /**
   * The connection, made anew when the last one has ended. Nothing is tried in the background: a unix socket
   * answers or refuses at once, so every call finds out for itself.
   * @throws the system's error when the runtime is not there
   */
  get(): Promise<ClientHttp2Session>;
  /** Lets calls under way finish. */
  close(): void;
}

export function openRuntimeSession(endpoint: RuntimeEndpoint): RuntimeSession {
  let current: Promise<ClientHttp2Session> | undefined;
  let live: ClientHttp2Session | undefined;

  function open(): Promise<ClientHttp2Session> {
    const opening = new Promise<ClientHttp2Session>((resolve, reject) => {
      const session = connectHttp2("http://localhost", {
        createConnection: () => connect(endpoint.path),
        settings: { enablePush: false, initialWindowSize: streamWindow },
        maxHeaderListPairs: 4096,
        maxSessionMemory: 256,
      });
      const forget = () => {
        if (current === opening) current = live = undefined;
      };
      session.once("connect", () => {
        session.setLocalWindowSize(sessionWindow);
        live = session;
        resolve(session);
      });
      session.once("error", reject);
      session.on("error", forget);
      // Streams that a GOAWAY lets finish do so; new ones need a new connection.
      session.once("goaway", forget);
      session.once("close", forget);
      session.unref();
    });
    return opening;
  }

  return {
    get() {
      if (live !== undefined && (live.closed || live.destroyed)) current = live = undefined;
      if (current === undefined) {
        const opening = open();
        current = opening;
        opening.catch(() => {
          if (current === opening) current = undefined;
        });
      }
      return current;
    },
    close() {
      live?.close();
    },
  };
}
