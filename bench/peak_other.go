//go:build purego || !(amd64 || arm64)

package bench

// arithmeticRoofs: there is no loop that reaches the limit of the arithmetic on this build.
func arithmeticRoofs(string) []roof { return nil }

func tierStreams(string) streams { return goStreams }
