import type { Answer } from "./answer.ts";

/**
 * Where the two answer differently, and why that is right. Countersign may say the same in other words, or refuse
 * more; it never allows what skopeo refuses.
 */
export interface KnownDifference {
  /** as on docs/decisions/0004-differences-from-the-reference.md */
  readonly name: string;
  /** of skopeo's reason, or of the word `allowed` */
  readonly skopeo: RegExp;
  /** of Countersign's reason: it refuses */
  readonly countersign: RegExp;
  readonly reason: string;
}

/** A difference that no case shows any more fails the run: then it has to go from here and from that page. */
export const knownDifferences: readonly KnownDifference[] = [
  {
    name: "YAML faults",
    skopeo: /: parsing \S+\.yaml: yaml: /,
    countersign: /: parsing \S+\.yaml: /,
    reason: "What is wrong with a YAML file is told by another YAML reader, in its own words.",
  },
  {
    name: "TOML faults",
    skopeo: /: loading (?:drop-in )?registries configuration "[^"]*": toml: /,
    countersign: /: loading registries configuration "[^"]*": toml: /,
    reason: "What is wrong with a TOML file is told by another TOML reader, in its own words.",
  },
  {
    name: "TOML that is none",
    skopeo: /^allowed$/,
    countersign: /: loading registries configuration "[^"]*": toml: /,
    reason:
      "A key is there twice in another case, or an inline table has more elsewhere: TOML 1.0 or chance decides what counts.",
  },
  {
    name: "format 1 of registries.conf",
    skopeo: /^allowed$|: mixing sysregistry v1\/v2 is not supported: /,
    countersign: /: registries\.conf must be in v2 format but is in v1$/,
    reason: "Newer versions of the reference read it no more.",
  },
  {
    name: "which file is no text",
    skopeo: /(?:: toml: | yaml: )/,
    countersign: /: read \S+: the file is not UTF-8$/,
    reason: "Countersign looks at a file's bytes before it looks for their format.",
  },
  {
    name: "drop-in files",
    skopeo: /: loading drop-in registries configuration "/,
    countersign: /: loading registries configuration "/,
    reason: "Newer versions of the reference say the same of registries.conf and of what is beside it.",
  },
  {
    name: "the text of an index",
    skopeo: /: unmarshaling (?:OCI1Index|Schema2List) ".*": /s,
    countersign: /: unmarshaling (?:OCI1Index|Schema2List): /,
    reason:
      "An index that cannot be read is not repeated in the message, which may have to fit a pod's status.",
  },
  {
    name: "too large a manifest",
    skopeo: /: exceeded maximum allowed size of \d+ bytes$/,
    countersign: /: reading manifest body \S+ in \S+: exceeded maximum allowed size of \d+ bytes$/,
    reason: "Newer versions of the reference say which manifest it was, and so does Countersign.",
  },
  {
    name: "where a registry is blocked",
    skopeo: /: registry \S+ is blocked in \S+ or \S+$/,
    countersign: /: registry \S+ is blocked in one of \[.*\]$/,
    reason: "Newer versions of the reference look for registries.conf in more places, and name them all.",
  },
  {
    name: "a name without a host",
    skopeo: /: pinging container registry : /,
    countersign: /^invalid reference format: no registry host in /,
    reason: "The reference takes a host with an underscore for none and asks a registry without a name.",
  },
  {
    name: "credentials that cannot be read",
    skopeo: /: getting username and password: illegal base64 data at input byte \d+(?:$|\]\): )/,
    countersign:
      /: getting username and password: reading JSON file ".*": field "auth" of the entry ".*": illegal base64 /,
    reason: "Countersign says which entry of which file it is.",
  },
  {
    name: "a helper that cannot be one",
    skopeo: /: getting username and password: error getting credentials - err: /,
    countersign: /: getting username and password: ".*" is not the name of a credential helper$/,
    reason: "A name with a path in it would start any program; none is looked for.",
  },
  {
    name: "a redirect to no web address",
    skopeo: /: Get ".*": unsupported protocol scheme ".*"$/,
    countersign: /: redirected to something that is no HTTP address$/,
    reason: "Where it leads is for a stranger to choose, and is not repeated.",
  },
  {
    name: "very many reasons",
    skopeo: /: None of the signatures were accepted, reasons: (?:[^;]+; ){32}/,
    countersign: /: None of the signatures were accepted, reasons: (?:[^;]+; ){32}and \d+ more$/,
    reason: "A hundred signatures that are not accepted have a hundred reasons, and nobody reads them.",
  },
  {
    name: "a message of very many signatures",
    skopeo: /: Unexpected GPG signature count \d+$/,
    countersign: /: OpenPGP message has more than 8 signatures$/,
    reason: "It is refused for its second one; the others are not verified only to be counted.",
  },
  {
    name: "redirects without end",
    skopeo: /: Get ".*": stopped after 10 redirects$/,
    countersign: /: Get "https?:\/\/.*": stopped after 10 redirects$/,
    reason: "The reference names the last address as it was written, which may be half of one.",
  },
  {
    name: "secrets in an address",
    skopeo: /: (?:Get "|reading signature from )https?:\/\/(?:[^/]*@|.*\?)/,
    countersign: /: (?:Get "|reading signature from )https?:\/\//,
    reason: "Who asks and what the parameters of a query say is left out: it may let in who reads it.",
  },
  {
    name: "a policy that is no file",
    skopeo: /^invalid policy in ".*": unexpected end of JSON input$/,
    countersign: /^read .*: not a regular file$/,
    reason: "A pipe or a device may never end.",
  },
  {
    name: "a directory's version",
    skopeo: /^allowed$|^determining manifest MIME type for dir:/,
    countersign:
      /^initializing source dir:.*: (?:reading version file|invalid version file content|unsupported directory transport version)(?:[: ]|$)/s,
    reason: "Newer versions of the reference look at it too, before they look at the image.",
  },
  {
    name: "a large file in a directory",
    skopeo: /^allowed$/,
    countersign: /: read \S+\/manifest\.json: exceeded maximum allowed size of \d+ bytes$/,
    reason: "No registry takes such a manifest.",
  },
  {
    name: "what follows an index.json",
    skopeo: /^allowed$/,
    countersign: /^initializing source oci:.* after top-level value$/s,
    reason: "The reference stops reading at the end of the first value; other readers may not.",
  },
  {
    name: "an image in another tool's store, or in an archive",
    skopeo: /^allowed$/,
    countersign: /: images of the transport \S+ are not read; copy it /,
    reason: "Countersign reads what lies open in a directory, and says how to get there.",
  },
  {
    name: "a directory that a registry's image could be called",
    skopeo: /^allowed$|^determining manifest MIME type for dir:/,
    countersign: /^".*" can be an image in a registry or one of the transport ".*": write /,
    reason: "Without a transport Countersign takes a name as a pod does; skopeo always wants one.",
  },
  {
    name: "a broken manifest of schema 1",
    skopeo: /^allowed$|^Source image rejected: /,
    countersign: /: computing manifest digest: /,
    reason:
      "Its digest is that of a part of it, and the runtime has to be told a digest whatever the policy says.",
  },
  {
    name: "a signature that is kept elsewhere",
    skopeo: /^allowed$|failed fetching external blob from all urls: /,
    countersign: /: fetching blob: a layer that is kept elsewhere \(urls\) is not fetched$/,
    reason: "Whoever may push to a repository could have the node ask any address.",
  },
  {
    name: "a large stored signature",
    skopeo: /^allowed$/,
    countersign: /: read \S+\/signature-\d+: exceeded maximum allowed size of 4194304 bytes$/,
    reason: "The reference bounds what a server sends, and not what a file holds.",
  },
  {
    name: "many large stored signatures",
    skopeo: /^allowed$/,
    countersign: /: signatures up to \S+\/signature-\d+ exceed 33554432 bytes$/,
    reason: "Whoever judges has to hash them all.",
  },
  {
    name: "JSON of too many parts",
    skopeo: /^allowed$/,
    countersign:
      /: (?:parsing signature ".*"|reading manifest body \S+ in \S+): it has \d+ JSON values and names, more than the 500000 /,
    reason: "Four megabytes can become hundreds when they are parsed.",
  },
  {
    name: "an address that is no UTF-8",
    skopeo: /^allowed$/,
    countersign: /: Invalid signature storage URL .*: percent-encoded bytes that are no UTF-8$/,
    reason: "A path is a text.",
  },
  {
    name: "a configuration file that is no UTF-8",
    skopeo: /^allowed$|: parsing \S+\.yaml: yaml: /,
    countersign: /: the file is not UTF-8$/,
    reason: "YAML may be in UTF-16 too, which nobody writes; everything else here is UTF-8.",
  },
  {
    name: "YAML that not every reader takes",
    skopeo: /^allowed$/,
    countersign: /: parsing \S+\.yaml: yaml: /,
    reason: "Tags, directives, tabs, keys of several lines and the like mean one thing to one reader.",
  },
  {
    name: "RSA keys of less than 1024 bits",
    skopeo: /^allowed$|: crypto\/rsa: verification error$/,
    countersign: /: crypto\/rsa: \d+-bit keys are insecure /,
    reason:
      "The reference refuses them too, unless it is built with Go's old defaults, as Debian's skopeo is.",
  },
  {
    name: "a member twice in an index",
    skopeo: /^allowed$|^choosing an image from manifest list /,
    countersign: /: rejecting ambiguous manifest, key "[\w.]+" occurs more than once$/,
    reason: "What reads the image afterwards may take the other one.",
  },
  {
    name: "more than a thousand signatures",
    skopeo: /^allowed$/,
    countersign: /(?: layers, more|more signatures) than the 1000 that are read$/,
    reason: "One manifest could ask for forty thousand blobs.",
  },
  {
    name: "a log's promise that is longer than any",
    skopeo: /^allowed$/,
    countersign: /Rekor SET has more than 262144 characters$/,
    reason: "It has to be parsed before its signature can be checked.",
  },
  {
    name: "a secret key in a policy",
    skopeo: /^allowed$|: Invalid GPG signature: |: No public keys imported$/,
    countersign: /: the OpenPGP keys of this requirement hold a secret key: /,
    reason: "It belongs where images are signed, and reading it takes gpg's agent.",
  },
  {
    name: "what belongs into no key file",
    skopeo: /^allowed$/,
    countersign:
      /: the OpenPGP keys of this requirement hold a (?:part of an encrypted message|key that says nothing|comment in a subkey|document without a length)$/,
    reason: "gpg passes over it, with or without what follows, and there might be a revocation.",
  },
  {
    name: "OpenPGP keys that are no secret",
    skopeo: /^allowed$/,
    countersign: /: the OpenPGP keys of this requirement hold an RSA key of \d+ bits$/,
    reason: "Below 1024 bits anyone can find the private key of an RSA key.",
  },
  {
    name: "OpenPGP keys that are slow to verify with",
    skopeo: /^allowed$/,
    countersign: /: the OpenPGP keys of this requirement hold (?:an RSA key with an exponent|a DSA key) of /,
    reason:
      "gpg makes no RSA key with an exponent of more than 64 bits, and no DSA key of more than 3072; they take ten times as long.",
  },
  {
    name: "OpenPGP keys of very many parts",
    skopeo: /^allowed$/,
    countersign:
      /: the OpenPGP keys of this requirement hold more (?:packets|signatures of their own) than are /,
    reason: "Everything in a keyring is verified before a signature is.",
  },
  {
    name: "an armored signature",
    skopeo: /^allowed$/,
    countersign: /: OpenPGP message is armored, not binary$/,
    reason: "containers-signature(5) forbids it.",
  },
  {
    name: "a large OpenPGP message",
    skopeo: /^allowed$/,
    countersign: /: OpenPGP message (?:has|decompresses to) more than \d+ (?:bytes|packets)$/,
    reason: "A signed document has some three hundred bytes, and there may be a thousand of them.",
  },
  {
    name: "bzip2",
    skopeo: /^allowed$/,
    countersign: /: OpenPGP message is compressed with bzip2, which is not read here$/,
    reason: "No signature needs it, and nothing else here does; gpg takes zip unless it is told otherwise.",
  },
];

export function isKnown({ skopeo, countersign }: KnownDifference, theirs: Answer, ours: Answer): boolean {
  return (
    !ours.allowed &&
    skopeo.test(theirs.allowed ? "allowed" : theirs.message) &&
    countersign.test(ours.message)
  );
}
