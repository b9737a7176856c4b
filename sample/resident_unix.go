//go:build darwin || freebsd || netbsd || openbsd

package sample

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// Resident is the most memory that the process ever had resident, in bytes; 0 if the system does not say.
func Resident() int64 {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) != nil {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return int64(u.Maxrss)
	}
	return int64(u.Maxrss) << 10
}
