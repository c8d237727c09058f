package fault

// Code names the check that failed or the way a call failed. The set is closed and the same in every client language.
type Code string

// Faults of the caller.
const (
	// ConfigInvalid: an option of the client is missing or has a value it cannot use.
	ConfigInvalid Code = "config.invalid"
	// InputInvalid: a request cannot be built from what the caller passed.
	InputInvalid Code = "input.invalid"
)

// Calls that failed, one for each Connect code.
const (
	// CallCancelled: the caller cancelled the call, or the other side says so.
	CallCancelled Code = "call.cancelled"
	// CallDeadline: the deadline passed.
	CallDeadline Code = "call.deadline"
	// CallUnauthenticated: the token is missing or wrong.
	CallUnauthenticated Code = "call.unauthenticated"
	// CallPermissionDenied: the token may not do this.
	CallPermissionDenied Code = "call.permission_denied"
	// CallUnavailable: nothing answered, or the gateway cannot serve now; a retry may work.
	CallUnavailable Code = "call.unavailable"
	// CallInvalidArgument: the gateway refused the request's content.
	CallInvalidArgument Code = "call.invalid_argument"
	// CallNotFound: the thing asked for does not exist or belongs to another token.
	CallNotFound Code = "call.not_found"
	// CallAlreadyExists: the thing exists already.
	CallAlreadyExists Code = "call.already_exists"
	// CallResourceExhausted: a quota or a size limit was hit, on either side.
	CallResourceExhausted Code = "call.resource_exhausted"
	// CallFailedPrecondition: the gateway is not in a state to serve this.
	CallFailedPrecondition Code = "call.failed_precondition"
	// CallAborted: the call was aborted.
	CallAborted Code = "call.aborted"
	// CallOutOfRange: a value is out of range.
	CallOutOfRange Code = "call.out_of_range"
	// CallUnimplemented: the gateway does not have this method.
	CallUnimplemented Code = "call.unimplemented"
	// CallInternal: a fault on the other side or in the protocol.
	CallInternal Code = "call.internal"
	// CallDataLoss: the gateway found tampering or a digest mismatch on its side.
	CallDataLoss Code = "call.data_loss"
	// CallUnknown: any other failure of the call.
	CallUnknown Code = "call.unknown"
)

// Checks of the transcript, its checkpoints and its seal.
const (
	// MessageMalformed: a message, a chunk's payload or the seal's metadata is not a valid serialised message, or a
	// message names no event.
	MessageMalformed Code = "message.malformed"
	// StreamAccepted: the first message is not `accepted`, or `accepted` came twice.
	StreamAccepted Code = "stream.accepted"
	// StreamAfterSeal: a message came after the seal.
	StreamAfterSeal Code = "stream.after_seal"
	// AcceptedField: `accepted` names no receipt, no valid model digest, or another one than the constraints demand.
	AcceptedField Code = "accepted.field"
	// TranscriptRequest: `accepted` has another request digest than the request this client sent.
	TranscriptRequest Code = "transcript.request"
	// TranscriptSequence: a chunk's sequence is not the previous one plus one.
	TranscriptSequence Code = "transcript.sequence"
	// TranscriptHash: a chunk's running hash is not the one this client computed.
	TranscriptHash Code = "transcript.hash"
	// CheckpointSequence: a checkpoint's sequence is not that of the last chunk.
	CheckpointSequence Code = "checkpoint.sequence"
	// CheckpointHash: a checkpoint's running hash is not the one this client computed.
	CheckpointHash Code = "checkpoint.hash"
	// CheckpointSignature: a checkpoint's signature is missing or does not verify.
	CheckpointSignature Code = "checkpoint.signature"
	// SealMissing: the stream ended without a seal.
	SealMissing Code = "seal.missing"
	// SealStatus: the seal's status is not one of complete, upstream_failed, cancelled.
	SealStatus Code = "seal.status"
	// SealCount: the seal's chunk count is not the number of chunks received.
	SealCount Code = "seal.count"
	// SealRequest: the seal has another request digest than the request this client sent.
	SealRequest Code = "seal.request"
	// SealHash: the seal's final hash is not the one this client computed.
	SealHash Code = "seal.hash"
	// SealText: the seal's signed text is not the one this client rebuilt.
	SealText Code = "seal.text"
	// SealECDSA: the seal's ECDSA signature is missing or does not verify.
	SealECDSA Code = "seal.ecdsa"
	// SealEd25519: the seal's Ed25519 signature is missing or does not verify.
	SealEd25519 Code = "seal.ed25519"
	// SealBody: the metadata's body digest is not the one this client computed.
	SealBody Code = "seal.body"
	// SealField: another field of the metadata is not what this client knows.
	SealField Code = "seal.field"
	// SealIncomplete: everything verifies, and the seal says the answer did not complete.
	SealIncomplete Code = "seal.incomplete"
)

// Checks of the keyset.
const (
	// KeysetMalformed: the keyset breaks its rules.
	KeysetMalformed Code = "keyset.malformed"
	// KeysetUntrusted: the keyset is not the one this client trusts, or the gateway names another.
	KeysetUntrusted Code = "keyset.untrusted"
	// KeysetKey: a signature names a key that is not in the keyset, has another role or algorithm, or is not valid now.
	KeysetKey Code = "keyset.key"
)

// Attestation: what proves which workload the keys belong to.
const (
	// PolicyInvalid: a policy cannot be read.
	PolicyInvalid Code = "policy.invalid"
	// AttestationUnavailable: the gateway gave no evidence.
	AttestationUnavailable Code = "attestation.unavailable"
	// AttestationRefused: the gateway's evidence does not satisfy the policy.
	AttestationRefused Code = "attestation.refused"
	// TLSChannel: the connection cannot be attested: not TLS 1.3, resumed, or without a certificate of its own.
	TLSChannel Code = "tls.channel"
)

// Encryption of calls.
const (
	// EnvelopeUnavailable: the call was to be encrypted and cannot be: no valid ENVELOPE key in the trusted keyset, or none this platform can encrypt to. Nothing was sent.
	EnvelopeUnavailable Code = "envelope.unavailable"
	// EnvelopeChunk: a chunk of an encrypted answer does not open.
	EnvelopeChunk Code = "envelope.chunk"
	// EnvelopeFrame: an opened chunk breaks the rules of its form: size, flags, length or padding, or it came after the final chunk.
	EnvelopeFrame Code = "envelope.frame"
	// EnvelopeTruncated: an encrypted answer ended without its final chunk, whatever its seal says.
	EnvelopeTruncated Code = "envelope.truncated"
	// EnvelopeError: an encrypted call failed, and the encrypted details of the error do not open.
	EnvelopeError Code = "envelope.error"
)

// Checks of REST answers.
const (
	// ResponseRoute: the route is not signed and was not listed as unsigned.
	ResponseRoute Code = "response.route"
	// ResponseRedirect: the server answered with a redirect, which is not followed.
	ResponseRedirect Code = "response.redirect"
	// ResponseTruncated: an event stream ended without its `[DONE]`, or the body broke off.
	ResponseTruncated Code = "response.truncated"
	// ResponseID: the answer has neither a receipt id nor a response id to look its signature up by.
	ResponseID Code = "response.id"
	// ResponseSignatureMissing: the gateway gave no signature for the answer, or an answer that is not one.
	ResponseSignatureMissing Code = "response.signature_missing"
	// ResponseText: the signed text has none of the three forms, or the two signatures cover different texts.
	ResponseText Code = "response.text"
	// ResponseRequest: the signed request digest is not that of the bytes sent.
	ResponseRequest Code = "response.request"
	// ResponseHash: the signed response digest is not that of the bytes received.
	ResponseHash Code = "response.hash"
	// ResponseModel: the signed model is not the expected one.
	ResponseModel Code = "response.model"
	// ResponseSignature: a signature does not verify under a RESPONSE key of the trusted keyset.
	ResponseSignature Code = "response.signature"
	// ResponseIncomplete: everything verifies, and the signed text says the answer did not complete.
	ResponseIncomplete Code = "response.incomplete"
	// ResponseTooLarge: the part of an answer that had to be held back is larger than the limit.
	ResponseTooLarge Code = "response.too_large"
)

// Checks of what GetSignature returns.
const (
	// SignatureText: a text of none of the known forms.
	SignatureText Code = "signature.text"
	// SignatureECDSA: the ECDSA signature does not verify under the trusted keyset.
	SignatureECDSA Code = "signature.ecdsa"
	// SignatureEd25519: the Ed25519 signature does not verify under the trusted keyset.
	SignatureEd25519 Code = "signature.ed25519"
	// SignatureField: an id, address or public key does not fit the text or the trusted keyset.
	SignatureField Code = "signature.field"
)

// Codes returns every code, in the order of their families. The slice is the caller's.
func Codes() []Code {
	return []Code{
		ConfigInvalid, InputInvalid,
		CallCancelled, CallDeadline, CallUnauthenticated, CallPermissionDenied, CallUnavailable, CallInvalidArgument,
		CallNotFound, CallAlreadyExists, CallResourceExhausted, CallFailedPrecondition, CallAborted, CallOutOfRange,
		CallUnimplemented, CallInternal, CallDataLoss, CallUnknown,
		MessageMalformed, StreamAccepted, StreamAfterSeal, AcceptedField,
		TranscriptRequest, TranscriptSequence, TranscriptHash,
		CheckpointSequence, CheckpointHash, CheckpointSignature,
		SealMissing, SealStatus, SealCount, SealRequest, SealHash, SealText, SealECDSA, SealEd25519, SealBody,
		SealField, SealIncomplete,
		KeysetMalformed, KeysetUntrusted, KeysetKey,
		PolicyInvalid, AttestationUnavailable, AttestationRefused, TLSChannel,
		EnvelopeUnavailable, EnvelopeChunk, EnvelopeFrame, EnvelopeTruncated, EnvelopeError,
		ResponseRoute, ResponseRedirect, ResponseTruncated, ResponseID, ResponseSignatureMissing, ResponseText,
		ResponseRequest, ResponseHash, ResponseModel, ResponseSignature, ResponseIncomplete, ResponseTooLarge,
		SignatureText, SignatureECDSA, SignatureEd25519, SignatureField,
	}
}
