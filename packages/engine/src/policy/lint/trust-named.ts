import type { JsonDocument } from "../../values/json-document.ts";
import type { Hint } from "./hint.ts";
import type { PlacedRequirement } from "./requirement-lists.ts";
import { trustInputs } from "./trust-inputs.ts";

/** What can be said of keys and certificates by how the policy names them, without looking at any. */
export function* trustNameHints(placed: PlacedRequirement, document: JsonDocument): Generator<Hint> {
  const inputs = trustInputs(placed, document);
  if (placed.requirement.type === "signedBy" && inputs.length === 0) {
    yield noKeys(`${placed.path}.keyPaths`, "the list names no key, so no signature is accepted");
  }
  for (const { path, content } of inputs) {
    if (content.type === "inline") {
      if (content.bytes.length === 0)
        yield noKeys(path, "there is nothing in it, so no signature is accepted");
    } else if (content.file === "") {
      yield noKeys(path, "this path is empty, so no signature is accepted");
    } else {
      yield* pathHint(path, content.file);
    }
  }
}

function noKeys(path: string, message: string): Hint {
  return { code: "NO_KEYS", path, message, remedy: "name a key, or remove the requirement" };
}

function* pathHint(path: string, file: string): Generator<Hint> {
  const unexpanded = whyUnexpanded(file);
  if (unexpanded !== undefined) {
    yield { code: "TRUST_PATH_NOT_EXPANDED", path, ...unexpanded };
  } else if (!file.startsWith("/")) {
    yield {
      code: "TRUST_PATH_NOT_ABSOLUTE",
      path,
      message:
        "this path is taken from the directory in which the program that asks was started, not from this file's",
      remedy: "write the path from / on",
    };
  }
}

function whyUnexpanded(file: string): Pick<Hint, "message" | "remedy"> | undefined {
  const [, scheme = "", rest = ""] = /^([a-z][a-z0-9+-]*):\/\/(.*)$/s.exec(file) ?? [];
  if (scheme === "file") {
    return { message: "this is read as a path, not as a URL", remedy: `write ${JSON.stringify(rest)}` };
  }
  if (scheme !== "") {
    return {
      message: `this is read as a path: keys cannot be had by ${scheme}`,
      remedy: "store the public key in a file (cosign public-key --key … > key.pub) and name that",
    };
  }
  if (/^~|\$(\w|\{)|%\w+%/.test(file)) {
    return {
      message: "this is read letter by letter: neither ~ nor variables stand for anything",
      remedy: "write the whole path, from / on",
    };
  }
  return undefined;
}
