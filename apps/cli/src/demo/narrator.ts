import { printable } from "../render/printable.ts";
import type { Terminal } from "../terminal.ts";
import type { Outcome } from "./outcome.ts";

/** Tells the demo on screen. */
export interface Narrator {
  opening(runtime: string): void;
  scene(number: number, title: string, setting: readonly string[]): void;
  pull(image: string, namespace: string): void;
  /** @param moral - undefined when it did not come out as it must */
  outcome(outcome: Outcome, moral: string | undefined): void;
  complaint(expected: string, expectedOnDisk: boolean, onDisk: boolean): void;
  closing(asExpected: boolean): void;
}

export function narratorOn({ out, paint }: Terminal): Narrator {
  const line = (text = "") => out(`${text}\n`);
  const detail = (name: string, text: string) => line(`   ${paint.dim(name.padEnd(8))}${printable(text)}`);
  return {
    opening(runtime) {
      line("kubelet's part: a CRI client. Between it and the runtime: countersign gateway.");
      line(`Runtime: ${printable(runtime)}. Registry and signatures: made for this demo.`);
    },
    scene(number, title, setting) {
      line();
      line(paint.bold(`${number}. ${title}`));
      for (const sentence of setting) detail(sentence === setting[0] ? "given" : "", sentence);
    },
    pull: (image, namespace) => detail("pull", `${image} for a pod of namespace ${namespace}`),
    outcome(outcome, moral) {
      if (outcome.type === "pulled") line(`   ${paint.good("pulled".padEnd(8))}${printable(outcome.digest)}`);
      else line(`   ${paint.bad("refused".padEnd(8))}${printable(outcome.message)}`);
      if (moral !== undefined) detail("so", moral);
    },
    complaint(expected, expectedOnDisk, onDisk) {
      detail("WRONG", `expected ${expected}`);
      if (expectedOnDisk !== onDisk) detail("WRONG", `the image is ${onDisk ? "" : "not "}on disk`);
    },
    closing(asExpected) {
      line();
      line(
        asExpected
          ? paint.good("Everything came out as it must.")
          : paint.bad("Something came out wrong; see above."),
      );
    },
  };
}
