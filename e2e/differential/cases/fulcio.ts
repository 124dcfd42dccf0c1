import { withAnnotations } from "@countersign/testkit/signing-kit/cosign-signature";
import { defaultEmail } from "@countersign/testkit/signing-kit/fulcio";
import type { Question, Site } from "../case.ts";
import { fulcioLeaf, storeKeyless, trustingFulcio } from "../evidence/keyless.ts";
import { kit, stranger, today } from "../evidence/kit.ts";
import { inBase64 } from "../evidence/policies.ts";
import { named, type Rows, rowsOf } from "./table.ts";

const ten = 600;

/** What `fulcio` says in the policy, against the kit's default leaf. */
const policies: Readonly<Record<string, (site: Site) => Readonly<Record<string, unknown>>>> = {
  "another address": () => ({ subjectEmail: "wrong@mail.com" }),
  "the address in capitals": () => ({ subjectEmail: defaultEmail.toUpperCase() }),
  "an address with a quote": () => ({ subjectEmail: `a"b` }),
  "another issuer": () => ({ oidcIssuer: "https://other.example" }),
  "the CA by path": (site) => ({ caData: undefined, caPath: site.file("ca.pem", kit.fulcio.caPem) }),
  "the CA by a path that is missing": (site) => ({ caData: undefined, caPath: site.absent("ca.pem") }),
  "the CA by a directory": (site) => ({ caData: undefined, caPath: site.directory("ca.pem") }),
  "an empty CA": () => ({ caData: "" }),
  "a CA that is no PEM": () => ({ caData: inBase64("x") }),
  "a CA that is a key": () => ({ caData: inBase64(stranger.publicKeyPem) }),
  "a CA that is a broken certificate": () => ({ caData: inBase64(kit.fulcio.caPem.replace("MII", "MIA")) }),
  "a broken certificate before the CA": () => ({
    caData: inBase64(kit.fulcio.caPem.replace("MII", "MIA") + kit.fulcio.caPem),
  }),
  "a key before the CA": () => ({ caData: inBase64(stranger.publicKeyPem + kit.fulcio.caPem) }),
  "text around the CA": () => ({ caData: inBase64(`x\n${kit.fulcio.caPem}y\n`) }),
  "the CA under another label": () => ({
    caData: inBase64(kit.fulcio.caPem.replaceAll("CERTIFICATE", "X509 CERTIFICATE")),
  }),
  "the CA with PEM headers": () => ({
    caData: inBase64(kit.fulcio.caPem.replace("CERTIFICATE-----\n", "CERTIFICATE-----\na: b\n\n")),
  }),
  "another CA": () => ({ caData: inBase64(today.pki.root.pem) }),
  "another CA and the CA": () => ({ caData: inBase64(today.pki.root.pem + kit.fulcio.caPem) }),
  "the intermediate as the CA": () => ({ caData: inBase64(kit.fulcio.authority.intermediate.pem) }),
  "the CA twice": () => ({ caData: inBase64(kit.fulcio.caPem + kit.fulcio.caPem) }),
};

/** What the attachment carries beside the signature. */
const certificate = "dev.sigstore.cosign/certificate";
const chain = "dev.sigstore.cosign/chain";
const set = "dev.sigstore.cosign/bundle";
const signature = "dev.cosignproject.cosign/signature";

const annotationChanges: Readonly<Record<string, Readonly<Record<string, string | undefined>>>> = {
  "no certificate": { [certificate]: undefined },
  "no promise": { [set]: undefined },
  "neither certificate nor promise": { [set]: undefined, [certificate]: undefined },
  "no signature": { [signature]: undefined },
  "no chain": { [chain]: undefined },
  "an empty certificate": { [certificate]: "" },
  "an empty promise": { [set]: "" },
  "an empty chain": { [chain]: "" },
};

export const fulcioRows: Rows = {
  ...rowsOf(named("the policy: ", policies), (changes) => (site) => {
    storeKeyless(site, fulcioLeaf());
    return trustingFulcio(site, changes(site));
  }),
  ...rowsOf(named("the attachment: ", annotationChanges), (changes) => (site) => {
    storeKeyless(site, fulcioLeaf(), (good) => withAnnotations(good, changes));
    return trustingFulcio(site);
  }),
  "signed with a key only": (site) => keyOnly(site),
  "the wall clock does not count": (site) => {
    storeKeyless(site, today.fulcio.issue({}), undefined, today.now);
    return trustingFulcio(site, { caData: inBase64(today.fulcio.caPem) });
  },
  "logged before the leaf was valid": (site) => {
    storeKeyless(site, fulcioLeaf(), undefined, kit.now - ten);
    return trustingFulcio(site);
  },
  "logged after the leaf was valid": (site) => {
    storeKeyless(site, fulcioLeaf(), undefined, kit.now + ten);
    return trustingFulcio(site);
  },
  "logged in 1970": (site) => {
    storeKeyless(site, fulcioLeaf(), undefined, 0);
    return trustingFulcio(site);
  },
  "logged in the far future": (site) => {
    storeKeyless(site, fulcioLeaf(), undefined, 99_999_999_999);
    return trustingFulcio(site);
  },
  "logged by a stranger": (site) => {
    storeKeyless(site, fulcioLeaf());
    const question = trustingFulcio(site);
    return {
      ...question,
      policy: String(question.policy).replace(
        inBase64(kit.log.publicKeyPem),
        inBase64(stranger.publicKeyPem),
      ),
    };
  },
};

function keyOnly(site: Site): Question {
  storeKeyless(site, fulcioLeaf(), (good) =>
    withAnnotations(good, { [certificate]: undefined, [chain]: undefined, [set]: undefined }),
  );
  return trustingFulcio(site);
}
