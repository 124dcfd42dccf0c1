import { once } from "node:events";
import type { ClientHttp2Session } from "node:http2";
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
    const forget = () => {
      if (current === opening) current = live = undefined;
    };
    const opening = openSession(endpoint, forget);
    opening.then((session) => {
      if (current === opening) live = session;
    }, forget);
    return opening;
  }

  return {
    get() {
      if (live !== undefined && (live.closed || live.destroyed)) current = live = undefined;
      current ??= open();
      return current;
    },
    close() {
      live?.close();
    },
  };
}

/** `node:http2` is loaded with the first call: a relay that has nothing to ask does without its memory. */
async function openSession(endpoint: RuntimeEndpoint, ended: () => void): Promise<ClientHttp2Session> {
  const { connect: connectHttp2 } = await import("node:http2");
  const session = connectHttp2("http://localhost", {
    createConnection: () => connect(endpoint.path),
    settings: { enablePush: false, initialWindowSize: streamWindow },
    maxHeaderListPairs: 4096,
    maxSessionMemory: 256,
  });
  session.on("error", ended);
  // Streams that a GOAWAY lets finish do so; new ones need a new connection.
  session.once("goaway", ended);
  session.once("close", ended);
  session.unref();
  await once(session, "connect");
  session.setLocalWindowSize(sessionWindow);
  return session;
}
