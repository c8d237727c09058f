// Package fault holds the one error type of the Countersign client and its closed set of codes.
package fault

import (
	"errors"
	"fmt"
)

// Error is every error of the Countersign client. Find it with [errors.As] and switch on its Code.
//
// Its text says what was wrong and what would fix it. It holds no prompt, completion, token or key; a wrapped cause,
// reached through Unwrap, may hold text of the peer and is for logs.
type Error struct {
	code    Code
	message string
	cause   error
}

// New returns an error with a code. The message must hold no content, token or key.
func New(code Code, message string) *Error {
	return &Error{code: code, message: message}
}

// Newf is [New] with a format.
func Newf(code Code, format string, arguments ...any) *Error {
	return New(code, fmt.Sprintf(format, arguments...))
}

// Wrap returns an error with a code and a cause. The cause's text is not part of the error's text.
func Wrap(code Code, message string, cause error) *Error {
	return &Error{code: code, message: message, cause: cause}
}

// Code returns the check that failed or the way the call failed.
func (e *Error) Code() Code { return e.code }

// Message returns the text without the code.
func (e *Error) Message() string { return e.message }

// Error returns the text, preceded by the code in brackets.
func (e *Error) Error() string { return "[" + string(e.code) + "] " + e.message }

// Unwrap returns the cause, or nil.
func (e *Error) Unwrap() error { return e.cause }

// CodeOf returns the code of the first [Error] in err's chain, or the empty code if there is none.
func CodeOf(err error) Code {
	var fault *Error
	if errors.As(err, &fault) {
		return fault.Code()
	}
	return ""
}
