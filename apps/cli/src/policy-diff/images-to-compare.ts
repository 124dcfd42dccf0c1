import { CountersignError } from "@countersign/engine/values/error";
import type { Platform } from "@countersign/engine/values/manifest";
import type { TrustPorts } from "@countersign/engine/verify/gather-trust";
import type { Namespace } from "@countersign/gateway/policy/namespace";
import { readRegularFile } from "@countersign/sources/files/read-file";
import { parseImage } from "../parse-image.ts";
import { keyDirectories } from "../policy-test/key-directories.ts";
import { readTable } from "../policy-test/read-tables.ts";
import type { AskedImage } from "../policy-test/test-table.ts";
import type { ComparedImage } from "./compare-image.ts";
import type { PolicyPair } from "./policy-pair.ts";

/** What holds for images that say nothing themselves. */
export interface ComparedAs extends TrustPorts {
  /** each image is asked about for each of them; undefined among them: for no namespace */
  readonly namespaces: readonly (Namespace | undefined)[];
  readonly platform: Platform;
  /** where evidence is, for all; undefined: where a table says, and nowhere for others */
  readonly evidence: AskedImage["evidence"] | undefined;
  readonly beforeChange: PolicyPair["beforeChange"];
}

const maxListSize = 4 * 1024 * 1024;
const maxImages = 10_000;

/** @throws CountersignError REFERENCE_INVALID */
export function namedImages(names: readonly string[], as: ComparedAs): readonly ComparedImage[] {
  const { namespaces, platform, evidence, trustFiles, trustRepositories } = as;
  return names.flatMap((written) => {
    const image = parseImage(written);
    return namespaces.map((namespace) => ({
      ...{ written, image, namespace, platform, evidence, trustRepositories },
      trustFiles: { before: trustFiles, after: trustFiles },
      at: "evidence" as const,
    }));
  });
}

/**
 * The images of a file: of a table as `policy test` takes it, or one on each line. A table's rows are asked about for
 * their own namespace only, and judged by their evidence unless that would ask a registry.
 * @throws CountersignError CONFIG_INVALID, naming the line
 */
export async function listedImages(file: string, as: ComparedAs): Promise<readonly ComparedImage[]> {
  return /\.(?:ya?ml|json)$/i.test(file) ? await tableImages(file, as) : await lineImages(file, as);
}

async function tableImages(file: string, as: ComparedAs): Promise<readonly ComparedImage[]> {
  const { rows, trustFiles } = await readTable(file);
  const trust = { trustFiles: keysOfBothSides(trustFiles, as), trustRepositories: as.trustRepositories };
  return rows.map(({ written, image, namespace, platform, evidence, at }) => {
    const offline = evidence.type === "live" ? undefined : evidence;
    return { written, image, namespace, platform, at, evidence: as.evidence ?? offline, ...trust };
  });
}

function keysOfBothSides(
  directories: ReadonlyMap<string, string>,
  { trustFiles, beforeChange }: ComparedAs,
): ComparedImage["trustFiles"] {
  const moved = new Map([...directories].map(([there, here]) => [there, beforeChange(here)]));
  const after = keyDirectories(directories, trustFiles);
  const isMoved = [...directories].some(([there, here]) => moved.get(there) !== here);
  return { before: isMoved ? keyDirectories(moved, trustFiles) : after, after };
}

async function lineImages(file: string, as: ComparedAs): Promise<readonly ComparedImage[]> {
  const reading = await readRegularFile(file, maxListSize);
  if (reading.type !== "read") throw new CountersignError("CONFIG_INVALID", reading.message);
  const lines = new TextDecoder().decode(reading.bytes).split("\n");
  const written = lines.map((line, at) => ({ at: at + 1, name: line.trim() }));
  const names = written.filter(({ name }) => name !== "" && !name.startsWith("#"));
  if (names.length > maxImages) {
    throw new CountersignError("CONFIG_INVALID", `${file}: at most ${maxImages} images: split the list`);
  }
  return names.flatMap(({ name, at }) => {
    try {
      return namedImages([name], as);
    } catch (caught) {
      const { message } = CountersignError.from(caught);
      throw new CountersignError("CONFIG_INVALID", `${file}:${at}: ${JSON.stringify(name)}: ${message}`, {
        cause: caught,
      });
    }
  });
}
