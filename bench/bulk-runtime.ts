import { grpcServer, type Serve } from "@countersign/testkit/runtime/grpc-server";

/**
 * A runtime of which only the size of its answers is real: `node bench/bulk-runtime.ts SOCKET`. A process of its own, as
 * a runtime is; it prints a line when it serves.
 */
const sixteenMebibytes = Buffer.alloc(16 * 1024 * 1024, 0x5a);
const event = Buffer.alloc(1024, 0x5a);
const events = 20_000;
const version = Buffer.alloc(40, 0x5a);

const serve: Serve = async (call) => {
  if (call.path.endsWith("/ListImages")) return await call.send(sixteenMebibytes);
  if (call.path.endsWith("/Version")) return await call.send(version);
  for (let sent = 0; sent < events && !call.cancelled.aborted; sent++) await call.send(event);
};

const [, , socket = ""] = process.argv;
await grpcServer(socket, serve).start();
process.stdout.write("serving\n");
