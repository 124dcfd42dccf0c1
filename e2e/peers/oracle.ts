import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { PushedImage } from "./images.ts";
import { newerProgram } from "./programs.ts";
import { makeScratch } from "./scratch.ts";
import type { TrustFiles } from "./trust-files.ts";

/**
 * What skopeo says when it copies the image under this policy: "" when it does, else its message, which is
 * containers/image's own.
 */
export async function askSkopeo(
  image: PushedImage,
  trust: TrustFiles,
  policy = trust.policy,
): Promise<string> {
  await using stack = new AsyncDisposableStack();
  const scratch = await makeScratch("skopeo");
  stack.defer(() => scratch.remove());
  const { status, stderr } = spawnSync(
    newerProgram("skopeo"),
    [
      ...["--policy", policy, "--registries.d", trust.registriesD, "copy", "--src-tls-verify=false"],
      ...[`docker://${image.reference}`, `dir:${join(scratch.path, "copy")}`],
    ],
    { encoding: "utf8", timeout: 60_000 },
  );
  if (status === 0) return "";
  const [, quoted] = /level=fatal msg=("(?:[^"\\]|\\.)*")/.exec(stderr) ?? [];
  if (quoted === undefined) throw new Error(`skopeo did not say why it failed: ${stderr}`);
  return JSON.parse(quoted);
}
