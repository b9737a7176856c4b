package sample

import (
	"bytes"
	"fmt"
	"os"
)

// Resident is the most memory that the process ever had resident, in bytes; 0 if the system does not say.
func Resident() int64 {
	b, err := os.ReadFile("/proc/self/status") // Getrusage also counts what the parent had before it started us
	if err != nil {
		return 0
	}
	_, b, _ = bytes.Cut(b, []byte("VmHWM:"))
	var kib int64
	fmt.Sscan(string(b), &kib)
	return kib << 10
}
