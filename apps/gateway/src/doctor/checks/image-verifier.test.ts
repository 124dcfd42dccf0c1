import { containerdWith, hasNothingAgainst, tellsOf } from "../../testing/changed-node.ts";

const images = '[plugins."io.containerd.cri.v1.images"]';
const verifiers = "/opt/containerd/image-verifier/bin";
const program = { text: "#!/bin/sh\n", mode: 0o755 };

tellsOf([
  [
    "a verifier that containerd does not ask",
    {
      tree: {
        [`${verifiers}/countersign`]: program,
        ...containerdWith(images, "discard_unpacked_layers = true").tree,
      },
    },
    "problem image-verifier",
    /discard_unpacked_layers = true/,
  ],
  [
    "a verifier that an older containerd does not have",
    {
      tree: { [`${verifiers}/countersign`]: program },
      runtimes: {
        "/run/countersign/cri.sock": "containerd 1.7.24",
        "/run/containerd/containerd.sock": "containerd 1.7.24",
      },
    },
    "problem image-verifier",
    /older than 2\.1/,
  ],
  [
    "more verifiers than containerd asks",
    {
      tree: {
        [`${verifiers}/a`]: program,
        [`${verifiers}/countersign`]: program,
        ...containerdWith('[plugins."io.containerd.image-verifier.v1.bindir"]', "max_verifiers = 1").tree,
      },
    },
    "problem image-verifier",
    /has 2 verifiers, of which containerd asks 1/,
  ],
  [
    "a verifier that is no program",
    { tree: { [`${verifiers}/countersign`]: "#!/bin/sh\n" } },
    "problem image-verifier",
    /is not a program/,
  ],
  [
    "a verifier that others can change",
    { tree: { [`${verifiers}/countersign`]: { ...program, mode: 0o775 } } },
    "problem image-verifier",
    /can be changed by others/,
  ],
]);

hasNothingAgainst([["a verifier beside the gateway", { tree: { [`${verifiers}/countersign`]: program } }]]);
