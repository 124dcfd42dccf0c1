import { imageVerifier } from "./commands/image-verifier.ts";
import { terminal } from "./terminal.ts";

/** The image verifier alone: containerd starts it for every pull, and waits for what it loads. */
await imageVerifier(process.argv.slice(2), terminal());
