import type { Shortcoming } from "./compiled-rule.ts";
import type { PublishedAuthority, PublishedRequirement } from "./published-rule.ts";

type Tell = (effect: Shortcoming["effect"], message: string) => void;

/**
 * Says requirements of the extension in words of containers-policy.json(5), where it has them: keys alone, one of which
 * must have signed. All else is refused, and told.
 */
export function crioRequirements(
  requirements: readonly PublishedRequirement[],
  tell: Tell,
): readonly object[] {
  return requirements.map((requirement) => crioRequirement(requirement, tell));
}

function crioRequirement(requirement: PublishedRequirement, tell: Tell): object {
  const { mode, authorities } = requirement;
  if (mode === "warn") {
    tell(
      "ignored",
      "it only warns, which CRI-O cannot: the images that it is about are let in there, and nothing is told",
    );
    return accept;
  }
  if (authorities === undefined) return requirement;
  if (authorities.some(({ static: fixed }) => fixed?.action === "pass")) return accept;
  const [first, ...others] = authorities.filter(({ static: fixed }) => fixed === undefined);
  if (first === undefined) return reject;
  const obstacle = [first, ...others].map(whyNotSaid).find((why) => why !== undefined);
  if (obstacle !== undefined) {
    tell("refuses", `${obstacle}: CRI-O refuses every image that the policy is about`);
    return reject;
  }
  tell("stricter", "signatures must name the image's own repository there, and bundles are not read");
  const keys = [first, ...others].map(({ key }) => key?.data);
  return {
    type: "sigstoreSigned",
    ...(keys.length === 1 ? { keyData: keys[0] } : { keyDatas: keys }),
    signedIdentity: { type: "matchRepository" },
  };
}

const accept = { type: "insecureAcceptAnything" };
const reject = { type: "reject" };

/** Why an authority has no like there; leaving it out would refuse what it vouches for, and so does this. */
function whyNotSaid({ name, key, ...rest }: PublishedAuthority): string | undefined {
  const unsaid = Object.keys(rest).find((member) => rest[member] !== undefined);
  if (unsaid !== undefined) return `authority ${name} asks for ${unsaid}, which CRI-O does not know`;
  if (key === undefined) return `authority ${name} is none that CRI-O knows`;
  return key.hashAlgorithm === "sha256" ? undefined : `authority ${name} signs with ${key.hashAlgorithm}`;
}
