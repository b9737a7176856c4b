//go:build !(linux || darwin || freebsd || netbsd || openbsd)

package sample

// Resident is not known on this system.
func Resident() int64 { return 0 }
