package kernels

import (
	"time"

	"golang.org/x/sys/unix"
)

// cpuTime is how long the threads of this process have run.
func cpuTime() time.Duration {
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &ts) != nil {
		panic("no clock of the process")
	}
	return time.Duration(ts.Nano())
}
