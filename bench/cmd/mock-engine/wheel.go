package main

import "time"

const (
	slot    = time.Millisecond
	slots   = 1 << 14
	longest = (slots - 1) * slot
)

// wheel holds the streams that wait for their next event, by the millisecond it is due.
type wheel struct {
	slots  [slots][]*connection
	spare  []*connection
	cursor int64
	size   int
}

// add puts c into the slot of a millisecond after the cursor and less than one turn away.
func (w *wheel) add(c *connection, due int64) {
	c.due = due
	at := due & (slots - 1)
	w.slots[at] = append(w.slots[at], c)
	w.size++
}

// wait returns the time to the next filled slot in nanoseconds, or -1 if the wheel is empty.
func (w *wheel) wait(now int64) int64 {
	if w.size == 0 {
		return -1
	}
	for due := w.cursor; ; due++ {
		if len(w.slots[due&(slots-1)]) > 0 {
			return max(0, due*int64(slot)-now)
		}
	}
}

// advance calls send for every stream whose time has come.
func (w *wheel) advance(now int64, send func(*connection, int64)) {
	last := now / int64(slot)
	if w.size == 0 {
		w.cursor = last + 1
		return
	}
	for ; w.cursor <= last; w.cursor++ {
		at := w.cursor & (slots - 1)
		due := w.slots[at]
		if len(due) == 0 {
			continue
		}
		w.slots[at], w.spare = w.spare[:0], nil
		w.size -= len(due)
		millisecond := w.cursor
		for i, c := range due {
			due[i] = nil
			// A stream that has ended in the meantime, or has been put elsewhere, is skipped.
			if c.due == millisecond {
				send(c, millisecond)
			}
		}
		w.spare = due[:0]
	}
}
