package procstat

import (
	"os"
	"testing"
	"time"
)

func TestStatWithASpacedName(t *testing.T) {
	cpu, err := parseStat([]byte("42 (a ) b) S 1 1 1 0 -1 4194304 1 0 0 0 150 25 7 8 20 0 1 0 100 0 0"))
	if err != nil || cpu != 1750*time.Millisecond {
		t.Errorf("%v, %v", cpu, err)
	}
	if _, err := parseStat([]byte("42 (a")); err == nil {
		t.Error("half a line is accepted")
	}
}

func TestReadsThisProcess(t *testing.T) {
	s, err := Read([]int{os.Getpid()})
	if err != nil || s.RSSKiB <= 0 {
		t.Errorf("%+v, %v", s, err)
	}
}
