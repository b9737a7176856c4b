//go:build !race

package guard

// Race says that the race detector is on, under which pools drop what they hold and allocations cannot be counted.
const Race = false
