//go:build !purego

#include "textflag.h"

// func Pause()
//
// One PAUSE.
TEXT ·Pause(SB), NOSPLIT, $0-0
	PAUSE
	RET
