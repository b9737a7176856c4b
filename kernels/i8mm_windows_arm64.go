//go:build !purego

package kernels

import "golang.org/x/sys/windows"

// windowsHasI8MM asks the system, because the package cpu does not.
func windowsHasI8MM() bool {
	return windows.IsProcessorFeaturePresent(windows.PF_ARM_V82_I8MM_INSTRUCTIONS_AVAILABLE)
}
