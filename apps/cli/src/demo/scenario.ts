import type { Narrator } from "./narrator.ts";
import type { Outcome } from "./outcome.ts";
import type { Stage } from "./stage.ts";
import { signer, workflow } from "./trust.ts";

/** What a pull must come to for the demo to go on. */
type Expected = { readonly type: "pulled" } | { readonly type: "refused"; readonly message: string };

interface Scene {
  readonly title: string;
  /** what is set up, in a sentence each */
  readonly setting: readonly string[];
  readonly prepare: (stage: Stage) => Promise<void>;
  readonly image: "signed" | "unsigned" | "built";
  readonly namespace: string;
  readonly expected: Expected;
  /** what the runtime must have of the image afterwards */
  readonly onDisk: boolean;
  readonly moral: string;
}

const rejected = "SignatureValidationFailed: Source image rejected: ";
const wrongEmail = "wrong@mail.com";
const ownJobs = "https://ci\\.example\\.com/demo/.*";
const othersJobs = "https://ci\\.example\\.com/other/.*";

/** The story of "Verifying Container Image Signatures Within CRI Runtimes" (Kubernetes, 2023), on any runtime. */
export const scenes: readonly Scene[] = [
  {
    title: "A signed image is pulled",
    setting: [
      `policy.json refuses everything but images signed by ${signer.email}`,
      "(certified by the demo's own Fulcio, logged in its own Rekor)",
    ],
    prepare: (stage) => stage.trust.demandSigner(stage.repositories, signer.email),
    image: "signed",
    namespace: "shop",
    expected: { type: "pulled" },
    onDisk: true,
    moral: "the runtime was made to pull exactly the digest that was verified",
  },
  {
    title: "The same image, but the policy names somebody else",
    setting: [`policy.json now says subjectEmail: ${wrongEmail}; nothing was restarted`],
    prepare: (stage) => stage.trust.demandSigner(stage.repositories, wrongEmail),
    image: "signed",
    namespace: "shop",
    expected: {
      type: "refused",
      message: `${rejected}Required email "${wrongEmail}" not found (got ["${signer.email}"])`,
    },
    onDisk: true,
    moral: "the image lies on disk from before, and pulling it is refused all the same",
  },
  {
    title: "An image that nobody signed",
    setting: [`policy.json names ${signer.email} again`],
    prepare: (stage) => stage.trust.demandSigner(stage.repositories, signer.email),
    image: "unsigned",
    namespace: "shop",
    expected: { type: "refused", message: `${rejected}A signature was required, but no signature exists` },
    onDisk: false,
    moral: "kubectl get pods says SignatureValidationFailed, and nothing of the image is on disk",
  },
  {
    title: "A namespace with a policy of its own",
    setting: ["policies/lab.json accepts the demo's images unsigned, for pods of namespace lab only"],
    prepare: (stage) => stage.trust.acceptIn("lab", stage.repositories),
    image: "unsigned",
    namespace: "lab",
    expected: { type: "pulled" },
    onDisk: true,
    moral: "lab.json replaced policy.json for this pod",
  },
  {
    title: "An image already on disk, and a stricter namespace",
    setting: ["lab has pulled the unsigned image; now a pod of shop wants it"],
    prepare: async () => {},
    image: "unsigned",
    namespace: "shop",
    expected: { type: "refused", message: `${rejected}A signature was required, but no signature exists` },
    onDisk: true,
    moral: "what one namespace may have is no answer for another; lab's copy stays where it is",
  },
  {
    title: "An image that a CI job signed, as cosign 3 stores it",
    setting: [
      "policy.json is marked for the extension, and asks for a bundle by a job of",
      `${workflow.oidcIssuer} that matches ${ownJobs}`,
    ],
    prepare: (stage) => stage.trust.demandWorkflow(stage.repositories, ownJobs),
    image: "built",
    namespace: "shop",
    expected: { type: "pulled" },
    onDisk: true,
    moral: "the bundle was found among the image's referrers: certificate, log entry and statement hold",
  },
  {
    title: "The same image, but only another team's jobs may sign",
    setting: [`policy.json now asks for ${othersJobs}`],
    prepare: (stage) => stage.trust.demandWorkflow(stage.repositories, othersJobs),
    image: "built",
    namespace: "shop",
    expected: {
      type: "refused",
      message: `${rejected}Signature by "${workflow.identity}" of "${workflow.oidcIssuer}" is not accepted`,
    },
    onDisk: true,
    moral: "who signed is part of what is verified, not only that somebody did",
  },
];

/** Plays every scene; returns whether each came out as it must. */
export async function play(stage: Stage, narrator: Narrator): Promise<boolean> {
  let asExpected = true;
  for (const [index, scene] of scenes.entries()) {
    narrator.scene(index + 1, scene.title, scene.setting);
    await scene.prepare(stage);
    const image = stage.images[scene.image];
    narrator.pull(image, scene.namespace);
    const outcome = await stage.pull(image, scene.namespace);
    const onDisk = await stage.hasImage(image);
    const good = equals(outcome, scene.expected) && onDisk === scene.onDisk;
    narrator.outcome(outcome, good ? scene.moral : undefined);
    if (!good) narrator.complaint(describe(scene.expected), scene.onDisk, onDisk);
    asExpected &&= good;
  }
  return asExpected;
}

/** gRPC UNKNOWN: the only code whose message the kubelet shows bare. */
const unknown = 2;

function equals(outcome: Outcome, expected: Expected): boolean {
  if (outcome.type === "pulled" || expected.type === "pulled") return outcome.type === expected.type;
  return outcome.code === unknown && outcome.message === expected.message;
}

function describe(expected: Expected): string {
  return expected.type === "pulled" ? "a pull" : expected.message;
}
