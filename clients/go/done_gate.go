package countersign

import "bytes"

const (
	// doneField and doneMark make the line that ends an event stream, with at most one space between them. Some readers
	// are content with more blanks or with a mark that goes on; such lines are held back, too, and end nothing.
	doneField = "data:"
	doneMark  = "[DONE]"

	// markDead, as a state, says that the current line is not the end mark; markWhole, that it begins with it.
	// Between 0 and markWhole a state counts the bytes of field and mark seen on the line.
	markDead  = -1
	markWhole = len(doneField) + len(doneMark)

	// maxEventLineBytes bounds the line in which a response id is looked for.
	maxEventLineBytes = 64 << 10
	// byteOrderMark may precede an event stream.
	byteOrderMark = "\xef\xbb\xbf"
)

// doneGate finds the end mark of an event stream, split at any byte, and holds it back with all that follows: readers
// stop at the mark and would never see an error after it. Lines end with CR, LF or both (HTML Standard, 9.2.6). What it
// sees is attacker-controlled; who calls it bounds held.
type doneGate struct {
	// needsID says that the id of the first event that has one is wanted.
	needsID bool
	// id is that id once it was seen.
	id string
	// held is what does not pass yet: the undecided beginning of a line, or the end mark and all after it.
	held []byte

	state int
	// offset counts the bytes of a byte order mark.
	offset int
	// line is the current line, kept only while the id is wanted.
	line []byte
	// blanks counts those between field and mark.
	blanks int
	// hasOther says that the line of the mark holds something else, hasLineEnded that it can no longer.
	hasOther, hasLineEnded bool
}

// isDone reports whether a line was the end mark and nothing else.
func (g *doneGate) isDone() bool { return g.state == markWhole && g.blanks <= 1 && !g.hasOther }

// pass takes the next bytes and returns those that may be read now. The result is valid until the next call.
func (g *doneGate) pass(arrived []byte) []byte {
	pending, from := arrived, 0
	if len(g.held) > 0 {
		from = len(g.held)
		pending = append(g.held, arrived...)
	}
	// Unless the line is dead, held has it from its beginning.
	lineStart := 0
	for index := from; index < len(pending); index++ {
		if g.take(pending[index]) {
			lineStart = index + 1
		}
	}
	if g.state == markDead {
		g.held = nil
		return pending
	}
	g.held = bytes.Clone(pending[lineStart:])
	return pending[:lineStart]
}

// take moves on by one byte and reports whether that ended a line that was not the mark.
func (g *doneGate) take(c byte) bool {
	isEnd := c == '\n' || c == '\r'
	switch {
	case g.state == markWhole:
		g.hasLineEnded = g.hasLineEnded || isEnd
		g.hasOther = g.hasOther || !g.hasLineEnded
		return false
	case isEnd:
		g.endLine()
		return true
	case g.offset < len(byteOrderMark) && g.state == 0 && c == byteOrderMark[g.offset]:
		g.offset++
		return false
	}
	g.offset = len(byteOrderMark)
	if g.needsID && len(g.line) < maxEventLineBytes {
		g.line = append(g.line, c)
	}
	switch {
	case g.state == markDead:
	case g.state == len(doneField) && (c == ' ' || c == '\t'):
		// A tab is none of the blanks a reader of event streams takes off.
		g.blanks++
		g.hasOther = g.hasOther || c == '\t'
	case c == (doneField + doneMark)[g.state]:
		g.state++
	default:
		g.state = markDead
	}
	return false
}

func (g *doneGate) endLine() {
	g.state, g.blanks, g.hasOther = 0, 0, false
	g.offset = len(byteOrderMark)
	if !g.needsID {
		return
	}
	if data, ok := bytes.CutPrefix(g.line, []byte(doneField)); ok && len(g.line) < maxEventLineBytes {
		g.id = responseID(data)
		g.needsID = g.id == ""
	}
	g.line = g.line[:0]
}
