//go:build ignore

// This program writes normal_q12.bin: the quantiles of the standard normal distribution at (i+1/2)/65536 for i from 32768
// on, rounded to multiples of 2^-12, as little-endian 16-bit integers.
package main

import (
	"encoding/binary"
	"log"
	"math"
	"os"
)

func main() {
	var b []byte
	for i := 1 << 15; i < 1<<16; i++ {
		q := math.Sqrt2 * math.Erfinv(2*(float64(i)+0.5)/(1<<16)-1)
		b = binary.LittleEndian.AppendUint16(b, uint16(math.RoundToEven(q*(1<<12))))
	}
	if err := os.WriteFile("normal_q12.bin", b, 0o644); err != nil {
		log.Fatal(err)
	}
}
