import type { Case } from "../case.ts";
import { attachmentAnswerRows } from "./attachment-answers.ts";
import { attachmentManifestRows } from "./attachment-manifests.ts";
import { chainRows } from "./chains.ts";
import { credentialRows } from "./credentials.ts";
import { directoryManifestRows } from "./directory-manifests.ts";
import { directorySignatureRows } from "./directory-signatures.ts";
import { fulcioRows } from "./fulcio.ts";
import { identityRows } from "./fulcio-identities.ts";
import { gpgAlgorithmRows } from "./gpg-algorithms.ts";
import { gpgKeyFileRows } from "./gpg-key-files.ts";
import { gpgKeyRows } from "./gpg-keys.ts";
import { gpgMadeRows } from "./gpg-made.ts";
import { gpgMessageRows } from "./gpg-messages.ts";
import { gpgMixedRows } from "./gpg-mixed.ts";
import { gpgSignatureRows } from "./gpg-signatures.ts";
import { stricterGpgRows } from "./gpg-stricter.ts";
import { gpgTextRows } from "./gpg-texts.ts";
import { identityGrammarRows } from "./grammar-identities.ts";
import { requirementCases } from "./grammar-requirements.ts";
import { scopeGrammarRows } from "./grammar-scopes.ts";
import { syntaxRows } from "./grammar-syntax.ts";
import { homeDirectoryRows } from "./home-directory.ts";
import { indexBodyRows, instanceReplyRows } from "./index-bodies.ts";
import { indexAttachmentRows, indexIdentityRows, indexScopeRows } from "./index-identities.ts";
import { choiceRows, descriptionRows } from "./index-instances.ts";
import { indexMirrorRows } from "./index-mirrors.ts";
import { preferenceRows } from "./index-preferences.ts";
import { indexRows } from "./indexes.ts";
import { kindRows, schemeRows } from "./key-kinds.ts";
import { keySourceRows } from "./key-sources.ts";
import { keyWritingRows } from "./key-writings.ts";
import { leafRows } from "./leaf-kinds.ts";
import { localIndexRows } from "./local-indexes.ts";
import { lookasideAddressRows } from "./lookaside-addresses.ts";
import { lookasideAnswerRows } from "./lookaside-answers.ts";
import { lookasideContentRows } from "./lookaside-contents.ts";
import { lookasideSignedByRows } from "./lookaside-signed-by.ts";
import { manifestBodyRows, manifestReplyRows, manifestTypeRows } from "./manifests.ts";
import { gpgMatcherRows, matcherRows } from "./matchers.ts";
import { mirrorFaultRows } from "./mirror-faults.ts";
import { mirrorSettingRows } from "./mirror-settings.ts";
import { mirrorRows } from "./mirrors.ts";
import { mixedRows } from "./mixed.ts";
import { ociLayoutRows } from "./oci-layouts.ts";
import { pathScopeRows } from "./path-scopes.ts";
import { gpgPayloadRows, payloadRows } from "./payload.ts";
import { pkiRows } from "./pki.ts";
import { policyFileRows } from "./policy-file.ts";
import { prefixRows } from "./prefixes.ts";
import { redirectRows } from "./redirects.ts";
import { referenceRows } from "./references.ts";
import { registriesConfRows } from "./registries-conf.ts";
import { registriesConfFaultRows } from "./registries-conf-faults.ts";
import { registriesDRows } from "./registries-d.ts";
import { registriesDLookasideRows } from "./registries-d-lookasides.ts";
import { rekorBodyRows } from "./rekor-entry.ts";
import { rekorSetRows } from "./rekor-set.ts";
import { schema1Rows } from "./schema1.ts";
import { scopeRows } from "./scopes.ts";
import { severalRows } from "./several-signatures.ts";
import { annotationRows, byteRows } from "./signature-bytes.ts";
import { signatureListRows } from "./signature-lists.ts";
import { storedBlobRows } from "./stored-blobs.ts";
import { stricterRows } from "./stricter.ts";
import { stricterDirectoryRows } from "./stricter-directories.ts";
import { dimension } from "./table.ts";
import { tomlRows } from "./toml.ts";

import { transportNameRows } from "./transport-names.ts";

/** The table. */
export const allCases: readonly Case[] = [
  ...dimension("JSON syntax and the file's shape", syntaxRows),
  ...requirementCases,
  ...dimension("grammar of transports and scopes", scopeGrammarRows),
  ...dimension("grammar of names in identities", identityGrammarRows),
  ...dimension("image references", referenceRows),
  ...dimension("scopes", scopeRows),
  ...dimension("lists of requirements", mixedRows),
  ...dimension("manifest answers", manifestReplyRows),
  ...dimension("manifest bodies", manifestBodyRows),
  ...dimension("manifest types", manifestTypeRows),
  ...dimension("indexes", indexRows),
  ...dimension("choice of a platform", choiceRows),
  ...dimension("instances as an index describes them", descriptionRows),
  ...dimension("which instance of several", preferenceRows),
  ...dimension("what an index says of itself", indexBodyRows),
  ...dimension("what the registry answers for an instance", instanceReplyRows),
  ...dimension("names of indexes and instances", indexIdentityRows),
  ...dimension("what is signed of an index, and where", indexAttachmentRows),
  ...dimension("scopes of indexes and instances", indexScopeRows),
  ...dimension("indexes at mirrors", indexMirrorRows),
  ...dimension("attachments the registry answers", attachmentAnswerRows),
  ...dimension("attachment manifests", attachmentManifestRows),
  ...dimension("kinds of key", kindRows),
  ...dimension("hashes and paddings", schemeRows),
  ...dimension("how a key is written", keyWritingRows),
  ...dimension("where keys come from", keySourceRows),
  ...dimension("the signature's bytes", byteRows),
  ...dimension("the signature's annotation", annotationRows),
  ...dimension("payload", payloadRows),
  ...dimension("identity matchers", matcherRows),
  ...dimension("several signatures", severalRows),
  ...dimension("log entries", rekorBodyRows),
  ...dimension("the log's promise", rekorSetRows),
  ...dimension("keyless signatures", fulcioRows),
  ...dimension("who a leaf certificate is for", identityRows),
  ...dimension("leaf certificates", leafRows),
  ...dimension("certificate chains", chainRows),
  ...dimension("one's own PKI", pkiRows),
  ...dimension("registries.conf", registriesConfRows),
  ...dimension("what registries.conf may say", registriesConfFaultRows),
  ...dimension("registries.conf as TOML", tomlRows),
  ...dimension("prefixes and locations", prefixRows),
  ...dimension("mirrors", mirrorRows),
  ...dimension("mirrors that fail", mirrorFaultRows),
  ...dimension("settings of mirrors", mirrorSettingRows),
  ...dimension("registries.d", registriesDRows),
  ...dimension("lookasides in registries.d", registriesDLookasideRows),
  ...dimension("signatures in a lookaside", lookasideContentRows),
  ...dimension("no signature for GPG", lookasideSignedByRows),
  ...dimension("what a lookaside answers", lookasideAnswerRows),
  ...dimension("where a lookaside is", lookasideAddressRows),
  ...dimension("GPG: algorithms", gpgAlgorithmRows),
  ...dimension("GPG: messages", gpgMessageRows),
  ...dimension("GPG: signatures", gpgSignatureRows),
  ...dimension("GPG: texts", gpgTextRows),
  ...dimension("GPG: keys", gpgKeyRows),
  ...dimension("GPG: key files", gpgKeyFileRows),
  ...dimension("GPG: what gpg itself makes", gpgMadeRows),
  ...dimension("GPG: payload", gpgPayloadRows),
  ...dimension("GPG: identity matchers", gpgMatcherRows),
  ...dimension("GPG: several signatures and requirements", gpgMixedRows),
  ...dimension("signatures the registry lists", signatureListRows),
  ...dimension("what a stored signature is", storedBlobRows),
  ...dimension("the policy file", policyFileRows),
  ...dimension("configuration in the home directory", homeDirectoryRows),
  ...dimension("credentials", credentialRows),
  ...dimension("redirects", redirectRows),
  ...dimension("manifests of schema 1", schema1Rows),
  ...dimension("names with a transport", transportNameRows),
  ...dimension("scopes of directories", pathScopeRows),
  ...dimension("manifests in a directory", directoryManifestRows),
  ...dimension("signatures in a directory", directorySignatureRows),
  ...dimension("OCI layouts", ociLayoutRows),
  ...dimension("indexes in directories", localIndexRows),
  ...dimension("where countersign is stricter", {
    ...stricterRows,
    ...stricterDirectoryRows,
    ...stricterGpgRows,
  }),
];
