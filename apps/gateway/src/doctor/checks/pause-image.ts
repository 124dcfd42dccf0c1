import { type Observation, ok, warning } from "../finding.ts";
import type { NodeFacts } from "../node-facts.ts";

/** Whether the image that every pod is held open with is fixed by its digest: no CRI call shows its pull. */
export function checkPauseImage({
  runtime,
  containerd,
  crio,
}: Pick<NodeFacts, "runtime" | "containerd" | "crio">): readonly Observation[] {
  if (runtime === undefined) return [];
  const { pauseImage } = runtime === "crio" ? crio : containerd;
  const setting =
    runtime === "crio"
      ? 'pause_image = "…@sha256:…" below [crio.image]'
      : "sandbox = '…@sha256:…' below [plugins.'io.containerd.cri.v1.images'.pinned_images], or sandbox_image in containerd 1.x";
  if (pauseImage !== undefined && /@sha256:[0-9a-f]{64}$/.test(pauseImage)) {
    return [ok(`The pause image is fixed by its digest: ${pauseImage}.`)];
  }
  return [
    warning(
      pauseImage === undefined
        ? "The pause image is the runtime's own choice, by a tag."
        : `The pause image is not fixed by a digest: ${pauseImage}.`,
      "The runtime pulls it by itself, so nobody verifies it, and it runs in every pod.",
      `write into the runtime's configuration: ${setting}`,
    ),
  ];
}
