// Package epoll is a thin layer over Linux epoll and non-blocking TCP sockets for single-threaded event loops.
//
// All calls are raw system calls: the programs here run one goroutine on one processor, so telling the Go scheduler
// about each call would only cost time.
package epoll

import (
	"fmt"
	"syscall"
	"unsafe"
)

const (
	// Readable is reported when a socket has bytes, an end of stream or an error to read.
	Readable = syscall.EPOLLIN | syscall.EPOLLRDHUP
	// Writable is reported when a socket takes bytes again.
	Writable = syscall.EPOLLOUT

	sysEpollPwait2 = 441 // the same number on every architecture since Linux 5.11
	batch          = 512
)

// Poller waits for readiness of many sockets with level triggering.
type Poller struct {
	fd     int
	events [batch]syscall.EpollEvent
}

// New creates an empty poller.
func New() (*Poller, error) {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll_create1: %w", err)
	}
	return &Poller{fd: fd}, nil
}

// Add starts to watch fd.
func (p *Poller) Add(fd int, interest uint32) error {
	return p.control(syscall.EPOLL_CTL_ADD, fd, interest)
}

// Modify changes what fd is watched for.
func (p *Poller) Modify(fd int, interest uint32) error {
	return p.control(syscall.EPOLL_CTL_MOD, fd, interest)
}

func (p *Poller) control(op, fd int, interest uint32) error {
	event := syscall.EpollEvent{Events: interest, Fd: int32(fd)}
	_, _, errno := syscall.RawSyscall6(syscall.SYS_EPOLL_CTL, uintptr(p.fd), uintptr(op), uintptr(fd), uintptr(unsafe.Pointer(&event)), 0, 0)
	if errno != 0 {
		return fmt.Errorf("epoll_ctl: %w", errno)
	}
	return nil
}

// Wait returns the ready sockets, after at most timeout nanoseconds; a negative timeout waits without limit. The slice is
// valid until the next call. An interrupted wait returns no events and no error.
func (p *Poller) Wait(timeout int64) ([]syscall.EpollEvent, error) {
	var ts syscall.Timespec
	var limit *syscall.Timespec
	if timeout >= 0 {
		ts = syscall.NsecToTimespec(timeout)
		limit = &ts
	}
	n, _, errno := syscall.RawSyscall6(sysEpollPwait2, uintptr(p.fd), uintptr(unsafe.Pointer(&p.events[0])), batch,
		uintptr(unsafe.Pointer(limit)), 0, 0)
	switch errno {
	case 0:
		return p.events[:n], nil
	case syscall.EINTR:
		return nil, nil
	default:
		return nil, fmt.Errorf("epoll_pwait2: %w", errno)
	}
}
