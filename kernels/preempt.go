package kernels

// Assembly cannot be preempted, and a Go loop that does little but call it hardly ever is: the runtime's signals find it
// in assembly, time after time, and the garbage collector waits. So one call into assembly stays below some 100
// microseconds, and loops of such calls pass a place to stop.

// stopPoint is that place: the prologue of a function that calls another. It costs about a nanosecond.
//
//go:noinline
func stopPoint() { stopLeaf() }

//go:noinline
func stopLeaf() {}
