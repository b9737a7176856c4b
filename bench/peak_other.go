//go:build purego || !amd64

package bench

// peakFMA is unknown on this build.
func peakFMA(string, Options) float64 { return 0 }
