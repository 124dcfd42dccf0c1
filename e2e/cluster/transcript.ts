import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import type { Kubectl } from "./kubectl.ts";

/** What is typed at a cluster and what it answers, as a guide shows it. */
export interface Transcript {
  /** Puts an object into a file of this name, for kubectl to be given. */
  file(name: string, object: object): Promise<void>;
  kubectl(...words: readonly string[]): Promise<void>;
  /** What kubectl says when it is refused something; throws if it is not. */
  refused(...words: readonly string[]): Promise<void>;
  /** Something that is done elsewhere. */
  step(line: string): void;
  /** All of it, a line for each that is typed or answered. */
  text(): string;
}

/** @param directory where the files are */
export function transcriptOf(kubectl: Kubectl, directory: string): Transcript {
  const lines: string[] = [];
  const placed = (words: readonly string[]) =>
    words.map((word) => (word.endsWith(".yaml") ? join(directory, word) : word));
  const typed = (words: readonly string[]) => void lines.push(`$ kubectl ${words.map(quoted).join(" ")}`);
  return {
    file: (name, object) => writeFile(join(directory, name), stringify(object)),
    kubectl: async (...words) => {
      typed(words);
      lines.push((await kubectl(...placed(words))).trim());
    },
    refused: async (...words) => {
      typed(words);
      const answer = await kubectl(...placed(words)).then(
        (printed) => {
          throw new Error(`it was not refused: ${printed}`);
        },
        (error: Error & { stderr?: string }) => error.stderr ?? error.message,
      );
      lines.push(answer.replaceAll(`${directory}/`, "").trim());
    },
    step: (line) => void lines.push(line),
    text: () => lines.join("\n"),
  };
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`;
}

/** What differs from run to run is the same in all: where the registry listens, digests, ages. */
export function comparable(transcript: string): string {
  return transcript
    .replace(/127\.0\.0\.1:\d+/g, "127.0.0.1:5000")
    .replace(/sha256:[0-9a-f]{64}/g, "sha256:…")
    .replace(/(?<= )(?:\d+m)?\d+s$/gm, "5s")
    .replace(/ +/g, " ");
}
