/**
 * Every code a {@link CountersignError} can carry, with what it means. The set is closed, and the same in the
 * TypeScript, Go and Python clients; the text is what people are shown.
 */
export const ERROR_MEANINGS = {
  "config.invalid": "An option of the client is missing or has a value it cannot use.",
  "input.invalid": "A request cannot be built from what the caller passed.",
  "call.cancelled": "The caller cancelled the call, or the other side says so (Connect code canceled).",
  "call.deadline": "The deadline passed (Connect code deadline_exceeded).",
  "call.unauthenticated": "The token is missing or wrong (Connect code unauthenticated).",
  "call.permission_denied": "The token may not do this (Connect code permission_denied).",
  "call.unavailable": "Nothing answered, or the gateway cannot serve now; a retry may work (Connect code unavailable).",
  "call.invalid_argument": "The gateway refused the request's content (Connect code invalid_argument).",
  "call.not_found": "The thing asked for does not exist or belongs to another token (Connect code not_found).",
  "call.already_exists": "The thing exists already (Connect code already_exists).",
  "call.resource_exhausted": "A quota or a size limit was hit (Connect code resource_exhausted).",
  "call.failed_precondition":
    "The gateway is not in a state to serve this, for example the model is not loaded (Connect code failed_precondition).",
  "call.aborted": "The call was aborted, for example because the connection broke (Connect code aborted).",
  "call.out_of_range": "A value is out of range (Connect code out_of_range).",
  "call.unimplemented": "The gateway does not have this method (Connect code unimplemented).",
  "call.internal": "A fault on the other side or in the protocol (Connect code internal).",
  "call.data_loss": "The gateway found tampering or a digest mismatch on its side (Connect code data_loss).",
  "call.unknown": "Any other failure of the call (Connect code unknown).",
  "message.malformed":
    "A message, a chunk's payload or the seal's metadata is not a valid serialised message, or a message names no event.",
  "stream.accepted": "The first message is not `accepted`, or `accepted` came twice.",
  "stream.after_seal": "A message came after the seal.",
  "accepted.field":
    "`accepted` names no receipt, no valid model digest, or another model digest than the constraints demand.",
  "transcript.request": "`accepted` has another request digest than the request this client sent.",
  "transcript.sequence": "A chunk's sequence is not the previous one plus one.",
  "transcript.hash": "A chunk's running hash is not the one this client computed.",
  "checkpoint.sequence": "A checkpoint's sequence is not that of the last chunk.",
  "checkpoint.hash": "A checkpoint's running hash is not the one this client computed.",
  "checkpoint.signature": "A checkpoint's signature is missing or does not verify.",
  "seal.missing": "The stream ended without a seal.",
  "seal.status": "The seal's status is not one of complete, upstream_failed, cancelled.",
  "seal.count": "The seal's chunk count is not the number of chunks received.",
  "seal.request": "The seal has another request digest than the request this client sent.",
  "seal.hash": "The seal's final hash is not the one this client computed.",
  "seal.text": "The seal's signed text is not the one this client rebuilt.",
  "seal.ecdsa":
    "The seal's ECDSA signature is missing or does not verify: form, high s, wrong v, wrong key or wrong text.",
  "seal.ed25519": "The seal's Ed25519 signature is missing or does not verify.",
  "seal.body": "The metadata's body digest is not the one this client computed.",
  "seal.field":
    "Another field of the metadata is not what this client knows: method, model, model digest, receipt id, request form, keyset digest, constraints, failure reason.",
  "seal.incomplete":
    "Everything verifies, and the seal says the answer did not complete (upstream_failed or cancelled). The error carries the verified seal.",
  "keyset.malformed":
    "The keyset breaks its rules: not a serialised keyset, unknown role or algorithm, wrong key length, a key that is no point of its curve or an Ed25519 key of small order, an id that does not name its key, an id or a public key twice, no keys or more than 256.",
  "keyset.untrusted":
    "The keyset is not the one this client trusts: its digest is not the pinned one, or `accepted` names another.",
  "keyset.key":
    "A signature names a key that is not in the keyset, has another role or algorithm, or is not valid at this time.",
  "policy.invalid":
    "A policy cannot be read: unknown member, wrong type, impossible value, or a waiver of what cannot be waived.",
  "attestation.unavailable": "The gateway gave no evidence: it has none, refused, or did not answer.",
  "attestation.refused": "The gateway's evidence does not satisfy the policy. The error carries the verdict.",
  "tls.channel": "The connection cannot be attested: not TLS 1.3, resumed, or without a certificate of its own.",
  "envelope.unavailable":
    "The call was to be encrypted and cannot be: no valid ENVELOPE key in the trusted keyset, or none this platform can encrypt to. Nothing was sent.",
  "envelope.chunk": "A chunk of an encrypted answer does not open.",
  "envelope.frame":
    "An opened chunk breaks the rules of its form: size, flags, length or padding, or it came after the final chunk.",
  "envelope.truncated": "An encrypted answer ended without its final chunk, whatever its seal says.",
  "envelope.error": "An encrypted call failed, and the encrypted details of the error do not open.",
  "response.route": "The route is not signed and was not listed as unsigned.",
  "response.redirect": "The server answered with a redirect, which a verifying fetch does not follow.",
  "response.truncated": "An event stream ended without its `[DONE]`, or the body broke off.",
  "response.id": "The answer has neither a receipt id nor a response id to look its signature up by.",
  "response.signature_missing": "The gateway gave no signature for the answer, or an answer that is not one.",
  "response.text":
    "The signed text has none of the three forms of a REST text, or the two signatures cover different texts.",
  "response.request": "The signed request digest is not that of the bytes sent.",
  "response.hash": "The signed response digest is not that of the bytes received.",
  "response.model": "The signed model is not the expected one.",
  "response.signature": "A signature of the text does not verify under a RESPONSE key of the trusted keyset.",
  "response.incomplete": "Everything verifies, and the signed text says the answer did not complete.",
  "response.too_large": "The part of an answer that had to be held back for verification is larger than the limit.",
  "signature.text": "GetSignature returned a text of none of the known forms.",
  "signature.ecdsa": "GetSignature returned an ECDSA signature that does not verify under the trusted keyset.",
  "signature.ed25519": "GetSignature returned an Ed25519 signature that does not verify under the trusted keyset.",
  "signature.field":
    "GetSignature returned an id, address or public key that does not fit the text or the trusted keyset.",
} as const;

/** A code of the closed set {@link ERROR_MEANINGS}. Callers can switch on it. */
export type ErrorCode = keyof typeof ERROR_MEANINGS;
