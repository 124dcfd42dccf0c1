import { isMarkedFile } from "@countersign/engine/policy/extension/marker";
import { type Hint, hintSeverity } from "@countersign/engine/policy/lint/hint";
import { policyHints } from "@countersign/engine/policy/lint/policy-hints";
import type { Policy } from "@countersign/engine/policy/policy";
import type { PolicyFault } from "@countersign/engine/policy/policy-invalid";
import { CountersignError } from "@countersign/engine/values/error";
import { type JsonDocument, readJsonDocument } from "@countersign/engine/values/json-document";
import type { TrustFile } from "@countersign/engine/verify/evidence";
import { namedTrustFiles, trustHints } from "@countersign/engine/verify/lint/trust-hints";
import type { Clock, TrustFiles } from "@countersign/engine/verify/ports";
import { readPolicyBytes } from "@countersign/sources/files/policy-file";
import { readPolicy } from "@countersign/sources/policy-languages/read-policy";
import { type Finding, type LintedFile, refused } from "./finding.ts";
import { likelyMeant } from "./likely-meant.ts";
import type { PolicyArgument } from "./policy-arguments.ts";
import { type RegistriesSetup, signaturePlaceHints } from "./signature-places.ts";
import { tooManyScopes } from "./too-many-scopes.ts";
import { writableHints } from "./writable-by-all.ts";

/** What lint may look at besides the policy. */
export interface LintPorts {
  /** undefined: key files are not looked at */
  readonly trustFiles: TrustFiles | undefined;
  /** undefined: registries.d and registries.conf are not looked at */
  readonly registries: RegistriesSetup | undefined;
  readonly clock: Clock;
}

/** More would help nobody. */
const maxHints = 200;

/** Nobody names so many; and whoever does shall not have us read a whole disk. */
const maxTrustFiles = 1000;

/** Reads one policy, and says all there is to say about it. Never throws: a file that cannot be read is a fault. */
export async function lintPolicyFile(
  { file, nameHints }: PolicyArgument,
  ports: LintPorts,
  ignored: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<LintedFile> {
  try {
    const bytes = await readPolicyBytes(file);
    const { policy, faults } = await readPolicy(bytes);
    if (policy === undefined)
      return { file, faults: faults.map(faultFindings(bytes)), hints: [], unshown: 0 };
    const document = readJsonDocument(bytes);
    const hints = [
      ...nameHints,
      ...(await writableHints(file, "")),
      ...(await hintsWithin(policy, document, ports, signal)),
    ].filter(({ code }) => !ignored.has(code));
    const shown = byWeight(hints).slice(0, maxHints);
    return {
      file,
      faults: [],
      hints: byPlace(shown.map((hint) => hintFinding(hint, document))),
      unshown: hints.length - shown.length,
    };
  } catch (caught) {
    const { code, message } = CountersignError.from(caught);
    return refused(file, code, message);
  }
}

async function hintsWithin(
  policy: Policy,
  document: JsonDocument,
  ports: LintPorts,
  signal: AbortSignal,
): Promise<readonly Hint[]> {
  const tooMany = tooManyScopes(policy);
  if (tooMany !== undefined) return [tooMany];
  return [
    ...policyHints(policy, document),
    ...(ports.registries === undefined ? [] : await signaturePlaceHints(policy, document, ports.registries)),
    ...(await trustFileHints(policy, document, ports, signal)),
  ];
}

/** Judges keys and CAs as this machine has them now. */
async function trustFileHints(
  policy: Policy,
  document: JsonDocument,
  { trustFiles, clock }: LintPorts,
  signal: AbortSignal,
): Promise<readonly Hint[]> {
  const hints: Hint[] = [];
  const read = new Map<string, TrustFile>();
  if (trustFiles !== undefined) {
    for (const [file, path] of [...namedTrustFiles(policy, document)].slice(0, maxTrustFiles)) {
      read.set(file, await readTrustFile(file, trustFiles, signal));
      hints.push(...(await writableHints(file, path)));
    }
  }
  return [...hints, ...trustHints(policy, document, read, clock.now() / 1000)];
}

async function readTrustFile(file: string, trustFiles: TrustFiles, signal: AbortSignal): Promise<TrustFile> {
  try {
    return { type: "read", bytes: await trustFiles.read(file, signal) };
  } catch (caught) {
    signal.throwIfAborted();
    return { type: "failed", error: CountersignError.from(caught) };
  }
}

function faultFindings(bytes: Uint8Array): (fault: PolicyFault) => Finding {
  const marked = isMarkedFile(bytes);
  return ({ path, place, message, remedy }) => ({
    ...{ severity: "error", code: "POLICY_INVALID", path, place, message },
    remedy: remedy ?? likelyMeant(message, marked),
  });
}

function hintFinding({ code, path, message, remedy }: Hint, document: JsonDocument): Finding {
  return { severity: hintSeverity[code], code, path, place: document.placeOf(path), message, remedy };
}

/** The most telling first: warnings, and of each kind one before there is a second of any. */
function byWeight(hints: readonly Hint[]): readonly Hint[] {
  const counts = new Map<string, number>();
  const weighed = hints.map((hint) => {
    const earlier = counts.get(hint.code) ?? 0;
    counts.set(hint.code, earlier + 1);
    return { hint, isNote: hintSeverity[hint.code] === "note", earlier };
  });
  weighed.sort((one, other) => Number(one.isNote) - Number(other.isNote) || one.earlier - other.earlier);
  return weighed.map(({ hint }) => hint);
}

function byPlace(findings: readonly Finding[]): readonly Finding[] {
  const order = ({ place }: Finding) => [place?.line ?? 0, place?.column ?? 0] as const;
  return [...findings].sort((one, other) => {
    const [line, column] = order(one);
    const [otherLine, otherColumn] = order(other);
    return line - otherLine || column - otherColumn;
  });
}
