package serve

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestStopped: a rival that would go on working after its answer uses no CPU before it is asked again.
func TestStopped(t *testing.T) {
	cmd := exec.Command("sh", "-c", `echo {}
		while read line; do echo {}; i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; done`)
	p, err := Start(cmd, &struct{}{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.Ask(struct{}{}, &struct{}{}); err != nil {
		t.Fatal(err)
	}
	// The state and the ticks in user and system mode are fields 3, 14 and 15, and the name before them may have spaces.
	used := func() (state, ticks string) {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", cmd.Process.Pid))
		if err != nil {
			t.Fatal(err)
		}
		f := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
		return f[0], f[11] + " " + f[12]
	}
	time.Sleep(20 * time.Millisecond) // until the signal has arrived
	state, before := used()
	time.Sleep(100 * time.Millisecond)
	if _, after := used(); state != "T" || before != after {
		t.Errorf("in state %s it used %s ticks, then %s", state, before, after)
	}
}
