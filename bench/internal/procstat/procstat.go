// Package procstat reads processor time and memory of processes from /proc.
package procstat

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// USER_HZ is 100 on every architecture Go runs Linux on.
const tick = 10 * time.Millisecond

// Sample is the state of a group of processes at one moment.
type Sample struct {
	// CPU is user and system time of all threads, living and ended.
	CPU time.Duration
	// RSSKiB is the resident memory.
	RSSKiB int64
}

// Read adds up the given processes.
func Read(pids []int) (Sample, error) {
	var sum Sample
	for _, pid := range pids {
		cpu, err := processor(pid)
		if err != nil {
			return Sample{}, err
		}
		rss, err := resident(pid)
		if err != nil {
			return Sample{}, err
		}
		sum.CPU += cpu
		sum.RSSKiB += rss
	}
	return sum, nil
}

func processor(pid int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	return parseStat(text)
}

// parseStat adds utime and stime, fields 14 and 15; the second field is in parentheses and may hold spaces.
func parseStat(text []byte) (time.Duration, error) {
	end := bytes.LastIndexByte(text, ')')
	fields := strings.Fields(string(text[end+1:]))
	if end < 0 || len(fields) < 13 {
		return 0, fmt.Errorf("unexpected stat line %q", text)
	}
	var ticks int64
	for _, field := range fields[11:13] {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * tick, nil
}

func resident(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0, fmt.Errorf("unexpected statm line %q", text)
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize()) / 1024, err
}

// Cores returns the time each processor spent on anything but idling, and the part of it that a hypervisor took away.
func Cores() (busy, stolen []time.Duration, err error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return nil, nil, err
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) < 9 || !strings.HasPrefix(fields[0], "cpu") || fields[0] == "cpu" {
			continue
		}
		var sum, steal int64
		for i, field := range fields[1:9] {
			n, err := strconv.ParseInt(field, 10, 64)
			if err != nil {
				return nil, nil, err
			}
			const idle, iowait, stealing = 3, 4, 7
			if i != idle && i != iowait {
				sum += n
			}
			if i == stealing {
				steal = n
			}
		}
		busy = append(busy, time.Duration(sum)*tick)
		stolen = append(stolen, time.Duration(steal)*tick)
	}
	return busy, stolen, nil
}
