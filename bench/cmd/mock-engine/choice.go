package main

import "bytes"

const space = " \t\r\n"

// member finds the value after a member name, without parsing the document: the bench writes its own bodies. A string that is not followed
// by a colon is a value, like the role "user", and is passed over.
func member(body []byte, quotedName string) []byte {
	for {
		_, rest, found := bytes.Cut(body, []byte(quotedName))
		if !found {
			return nil
		}
		if value, ok := bytes.CutPrefix(bytes.TrimLeft(rest, space), []byte(":")); ok {
			return bytes.TrimLeft(value, space)
		}
		body = rest
	}
}

// wantsStream says whether the body asks for a stream.
func wantsStream(body []byte) bool { return bytes.HasPrefix(member(body, `"stream"`), []byte("true")) }

// chosen returns the plan the body names, empty if none.
func chosen(body []byte) []byte {
	value, ok := bytes.CutPrefix(member(body, `"user"`), []byte(`"`))
	if !ok {
		return nil
	}
	text, _, ok := bytes.Cut(value, []byte(`"`))
	if !ok {
		return nil
	}
	return text
}
