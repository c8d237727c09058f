package epoll

import (
	"errors"
	"fmt"
	"net/netip"
	"syscall"
	"unsafe"
)

// ErrAgain says that a non-blocking socket has nothing to read, or takes nothing more, for now.
var ErrAgain = errors.New("try again")

func address(to netip.AddrPort) (syscall.Sockaddr, error) {
	if !to.Addr().Is4() {
		return nil, fmt.Errorf("%s: only IPv4 addresses are supported", to)
	}
	return &syscall.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()}, nil
}

func open() (int, error) {
	return syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
}

// tune makes a socket send at once and cost little. Reno is always built in and has no pacing, unlike some system defaults; without quick
// acknowledgements a reader of small events does not send a bare segment back for each of them.
func tune(fd int) error {
	if err := syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1); err != nil {
		return err
	}
	if err := syscall.SetsockoptString(fd, syscall.IPPROTO_TCP, syscall.TCP_CONGESTION, "reno"); err != nil {
		return err
	}
	return syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 0)
}

// Listen opens a non-blocking listening socket and returns it with the address it got.
func Listen(at netip.AddrPort) (int, netip.AddrPort, error) {
	sockaddr, err := address(at)
	if err != nil {
		return -1, at, err
	}
	fd, err := open()
	if err != nil {
		return -1, at, err
	}
	fail := func(step string, err error) (int, netip.AddrPort, error) {
		syscall.Close(fd)
		return -1, at, fmt.Errorf("%s %s: %w", step, at, err)
	}
	if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
		return fail("setsockopt", err)
	}
	if err := syscall.Bind(fd, sockaddr); err != nil {
		return fail("bind", err)
	}
	if err := syscall.Listen(fd, 4096); err != nil {
		return fail("listen", err)
	}
	bound, err := syscall.Getsockname(fd)
	if err != nil {
		return fail("getsockname", err)
	}
	if inet, ok := bound.(*syscall.SockaddrInet4); ok {
		at = netip.AddrPortFrom(netip.AddrFrom4(inet.Addr), uint16(inet.Port))
	}
	if err := syscall.SetNonblock(fd, true); err != nil {
		return fail("set non-blocking", err)
	}
	return fd, at, nil
}

// Accept takes one waiting connection, non-blocking and with TCP_NODELAY, or returns ErrAgain.
func Accept(listener int) (int, error) {
	fd, _, errno := syscall.RawSyscall6(syscall.SYS_ACCEPT4, uintptr(listener), 0, 0, syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0, 0)
	switch errno {
	case 0:
		return int(fd), tune(int(fd))
	case syscall.EAGAIN, syscall.EINTR, syscall.ECONNABORTED:
		return -1, ErrAgain
	default:
		return -1, fmt.Errorf("accept: %w", errno)
	}
}

// Dial connects to a loopback address, which is immediate, and makes the socket non-blocking with TCP_NODELAY.
func Dial(to netip.AddrPort) (int, error) {
	sockaddr, err := address(to)
	if err != nil {
		return -1, err
	}
	fd, err := open()
	if err != nil {
		return -1, fmt.Errorf("socket: %w", err)
	}
	for {
		err = syscall.Connect(fd, sockaddr)
		if err != syscall.EINTR {
			break
		}
	}
	if err == nil || err == syscall.EISCONN {
		err = tune(fd)
	}
	if err == nil {
		err = syscall.SetNonblock(fd, true)
	}
	if err != nil {
		syscall.Close(fd)
		return -1, fmt.Errorf("connect to %s: %w", to, err)
	}
	return fd, nil
}

// Read reads once. Zero bytes without an error is the end of the stream.
func Read(fd int, into []byte) (int, error) {
	n, _, errno := syscall.RawSyscall(syscall.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(&into[0])), uintptr(len(into)))
	switch errno {
	case 0:
		return int(n), nil
	case syscall.EAGAIN, syscall.EINTR:
		return 0, ErrAgain
	default:
		return 0, errno
	}
}

// Write writes once and returns how many bytes were taken. A full socket is zero bytes and no error.
func Write(fd int, from []byte) (int, error) {
	n, _, errno := syscall.RawSyscall6(syscall.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(&from[0])), uintptr(len(from)),
		syscall.MSG_NOSIGNAL|syscall.MSG_DONTWAIT, 0, 0)
	switch errno {
	case 0:
		return int(n), nil
	case syscall.EAGAIN, syscall.EINTR:
		return 0, nil
	default:
		return 0, errno
	}
}

// Close closes fd, which also ends its watch.
func Close(fd int) { syscall.Close(fd) }

// RaiseFileLimit raises the soft limit of open files to the hard one, and the hard one to want if that is permitted.
// It returns the limit now in force.
func RaiseFileLimit(want uint64) (uint64, error) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0, fmt.Errorf("getrlimit: %w", err)
	}
	if limit.Cur >= want {
		return limit.Cur, nil
	}
	raised := syscall.Rlimit{Cur: want, Max: max(limit.Max, want)}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &raised); err == nil {
		return want, nil
	}
	raised = syscall.Rlimit{Cur: limit.Max, Max: limit.Max}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &raised); err != nil {
		return limit.Cur, fmt.Errorf("setrlimit: %w", err)
	}
	return raised.Cur, nil
}
