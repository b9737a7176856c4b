//go:build !purego

package kernels

import "golang.org/x/sys/windows"

// windowsHasI8MM asks for PF_ARM_V82_I8MM_INSTRUCTIONS_AVAILABLE, which the package cpu does not.
func windowsHasI8MM() bool { return windows.IsProcessorFeaturePresent(66) }
