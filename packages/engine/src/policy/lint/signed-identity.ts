import { formatReference, type NamedReference, repositoryName } from "../../values/image-reference.ts";
import type { IdentityMatch } from "../policy.ts";
import type { Hint } from "./hint.ts";
import type { PlacedRequirement } from "./requirement-lists.ts";

/** Matchers that do not go with what is signed, or with what is asked for. */
export function* identityHints({ path, requirement, list }: PlacedRequirement): Generator<Hint> {
  if (requirement.type !== "signedBy" && requirement.type !== "sigstoreSigned") return;
  const { identity } = requirement;
  const at = `${path}.signedIdentity`;
  if (list.transport === "dir" && !ignoresImage(identity)) {
    yield {
      code: "IDENTITY_NEVER_MATCHES",
      path: at,
      message: "images in directories have no name to compare with, so no signature is accepted",
      remedy: `write {"type": "exactRepository", "dockerRepository": "REGISTRY/REPOSITORY"}`,
    };
  } else if (requirement.type === "sigstoreSigned") {
    yield* cosignHint(at, identity);
  }
  if (identity.type === "matchExact") {
    yield {
      code: "EXACT_MATCH_REFUSES_DIGESTS",
      path: at,
      message:
        "an image asked for by digest then needs a signature whose name has that very digest; signers write a tag",
      remedy: `write {"type": "matchRepoDigestOrExact"}, which for digests compares the repository`,
    };
  }
  if (identity.type === "exactRepository") yield* tagHint(at, identity.repository);
}

/** The commonest reason why a well-signed image does not run. */
function* cosignHint(path: string, identity: IdentityMatch): Generator<Hint> {
  const remedy = forCosign(identity);
  if (remedy === undefined) return;
  yield {
    code: "COSIGN_IDENTITY_REFUSED",
    path,
    message: `cosign signs the repository's name alone, which ${identity.type} refuses; it wants the name with tag or digest, as skopeo signs it`,
    remedy: `${remedy}; or have the name signed in full: cosign sign --sign-container-identity REGISTRY/REPOSITORY:TAG`,
  };
}

function forCosign(identity: IdentityMatch): string | undefined {
  switch (identity.type) {
    case "matchExact":
    case "matchRepoDigestOrExact":
      return `write "signedIdentity": {"type": "matchRepository"}`;
    case "exactReference":
      return `write {"type": "exactRepository", "dockerRepository": ${JSON.stringify(repositoryName(identity.reference))}}`;
    case "remapIdentity":
      return `write for each repository a scope with {"type": "exactRepository", "dockerRepository": "${identity.signedPrefix}/…"}`;
    default:
      return undefined;
  }
}

function* tagHint(path: string, repository: NamedReference): Generator<Hint> {
  const name = repositoryName(repository);
  const written = formatReference(repository);
  if (written === name) return;
  yield {
    code: "TAG_IGNORED",
    path: `${path}.dockerRepository`,
    message: `only the repository counts here: ${written.slice(name.length)} is ignored`,
    remedy: `write ${JSON.stringify(name)}; or, to ask for the tag or digest too, {"type": "exactReference", "dockerReference": ${JSON.stringify(written)}}`,
  };
}

function ignoresImage({ type }: IdentityMatch): boolean {
  return type === "exactReference" || type === "exactRepository";
}
