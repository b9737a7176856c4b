//go:build !purego

#include "textflag.h"

// func Pause()
//
// Eight times YIELD, which on most cores does nothing and takes a cycle or two.
TEXT ·Pause(SB), NOSPLIT, $0-0
	YIELD
	YIELD
	YIELD
	YIELD
	YIELD
	YIELD
	YIELD
	YIELD
	RET
