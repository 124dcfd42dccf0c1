/**
 * For tests: does what systemd does with a socket unit and `Restart=always`. It listens without ever accepting, since it
 * never comes back to its event loop, and runs a program on the socket, again and again. Each start prints `pid N`.
 *
 *   node socket-keeper.ts SOCKET PROGRAM [ARGUMENT...]
 */
import { spawnSync } from "node:child_process";
import { createServer } from "node:net";

const [socket, ...program] = process.argv.slice(2);
const server = createServer();
server.listen(socket, () => {
  const { fd } = (server as unknown as { readonly _handle: { readonly fd: number } })._handle;
  for (;;)
    spawnSync("sh", ["-c", 'echo "pid $$"; LISTEN_PID=$$ exec "$@"', "sh", ...program], {
      stdio: ["ignore", "inherit", "inherit", fd],
      env: { ...process.env, LISTEN_FDS: "1", LISTEN_FDNAMES: "cri" },
    });
});
