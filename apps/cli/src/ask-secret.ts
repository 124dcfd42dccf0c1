import type { ReadStream, WriteStream } from "node:tty";
import { CountersignError } from "@countersign/engine/values/error";

/** More than any password. */
const maxLength = 1024;

/**
 * Asks somebody at a terminal for a line that is not shown as it is typed.
 * @returns undefined if nobody is there
 * @throws CountersignError CANCELLED at ctrl-C or ctrl-D
 */
export function askSecret(
  prompt: string,
  input: Pick<ReadStream, "isTTY" | "setRawMode" | "on" | "off" | "resume" | "pause">,
  output: Pick<WriteStream, "write">,
): Promise<string | undefined> {
  if (!input.isTTY) return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    const typed: string[] = [];
    const end = (settle: () => void): void => {
      input.off("data", take);
      input.setRawMode(false);
      input.pause();
      output.write("\n");
      settle();
    };
    const take = (bytes: Uint8Array): void => {
      for (const character of Buffer.from(bytes).toString()) {
        if (character === "\r" || character === "\n") {
          end(() => resolve(typed.join("")));
          return;
        }
        if (character === "\u0003" || character === "\u0004") {
          end(() => reject(new CountersignError("CANCELLED", "interrupted")));
          return;
        }
        if (character === "\u007f" || character === "\b") typed.pop();
        else if (typed.length < maxLength) typed.push(character);
      }
    };
    output.write(prompt);
    input.setRawMode(true);
    input.on("data", take);
    input.resume();
  });
}
