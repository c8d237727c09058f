package countersign

import (
	"context"
	"errors"
	"strings"
	"unicode"

	"connectrpc.com/connect"
	"google.golang.org/genproto/googleapis/rpc/errdetails"

	"countersign.dev/countersign/clients/go/fault"
	"countersign.dev/countersign/clients/go/transcript"
)

type (
	// Error is every error of this package; find it with [errors.As]. Its Code is one of the constants of package fault.
	Error = fault.Error
	// Code names the check that failed or the way a call failed.
	Code = fault.Code
	// IncompleteError says that everything verifies and that the answer did not complete. It carries the verified seal.
	IncompleteError = transcript.IncompleteError
)

// CodeOf returns the code of the first [Error] in err's chain, or the empty code if there is none.
func CodeOf(err error) Code { return fault.CodeOf(err) }

// reasonDomain is the domain of the gateway's google.rpc.ErrorInfo details.
const reasonDomain = "countersign"

// Reason returns the reason of the gateway's google.rpc.ErrorInfo detail, which is more exact than the code, or the
// empty string if the error carries none. The gateway does not sign it: use it for messages, not for decisions.
func Reason(err error) string {
	var call *connect.Error
	if !errors.As(err, &call) {
		return ""
	}
	for _, detail := range call.Details() {
		value, valueErr := detail.Value()
		if info, ok := value.(*errdetails.ErrorInfo); valueErr == nil && ok && info.GetDomain() == reasonDomain {
			return info.GetReason()
		}
	}
	return ""
}

// maxPeerText bounds how much of the other side's error text becomes part of ours. Bytes.
const maxPeerText = 400

// callError turns an error of the RPC layer into one of ours. The caller's context decides first: a call that broke
// because its deadline passed may surface as any of several codes.
func callError(ctx context.Context, err error) error {
	var known *fault.Error
	switch {
	case errors.As(err, &known):
		return err
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fault.Wrap(fault.CallDeadline, "the deadline passed before the answer was complete", err)
	case errors.Is(ctx.Err(), context.Canceled):
		return fault.Wrap(fault.CallCancelled, "the call was cancelled", err)
	}
	var call *connect.Error
	if !errors.As(err, &call) {
		return fault.Wrap(fault.CallUnknown, "the call failed: "+printable(err.Error()), err)
	}
	return fault.Wrap(callCode(call), "the call failed: "+printable(call.Message()), err)
}

func callCode(call *connect.Error) fault.Code {
	// Raised on this side, invalid_argument is the RPC layer's word for a response it cannot decode.
	if call.Code() == connect.CodeInvalidArgument && !connect.IsWireError(call) {
		return fault.MessageMalformed
	}
	switch call.Code() {
	case connect.CodeCanceled:
		return fault.CallCancelled
	case connect.CodeInvalidArgument:
		return fault.CallInvalidArgument
	case connect.CodeDeadlineExceeded:
		return fault.CallDeadline
	case connect.CodeNotFound:
		return fault.CallNotFound
	case connect.CodeAlreadyExists:
		return fault.CallAlreadyExists
	case connect.CodePermissionDenied:
		return fault.CallPermissionDenied
	case connect.CodeResourceExhausted:
		return fault.CallResourceExhausted
	case connect.CodeFailedPrecondition:
		return fault.CallFailedPrecondition
	case connect.CodeAborted:
		return fault.CallAborted
	case connect.CodeOutOfRange:
		return fault.CallOutOfRange
	case connect.CodeUnimplemented:
		return fault.CallUnimplemented
	case connect.CodeInternal:
		return fault.CallInternal
	case connect.CodeUnavailable:
		return fault.CallUnavailable
	case connect.CodeDataLoss:
		return fault.CallDataLoss
	case connect.CodeUnauthenticated:
		return fault.CallUnauthenticated
	case connect.CodeUnknown:
		return fault.CallUnknown
	default:
		return fault.CallUnknown
	}
}

// printable bounds the other side's text and takes out what could forge lines of a log or steer a terminal.
func printable(text string) string {
	if len(text) > maxPeerText {
		text = text[:maxPeerText]
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text)
}
