package kernels

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestConvEdges has small shapes that reach every loop of a tile: steps and rows that lie side by side and that do not, rows and
// lanes without a tap, one to four channels, depthwise tiles, ragged ends.
func TestConvEdges(t *testing.T) {
	shapes := []ConvShape{
		square(1, 7, 5, 1, 3, 1, 1),
		square(1, 7, 5, 2, 3, 1, 1),
		square(1, 7, 5, 3, 3, 1, 1),
		square(1, 7, 5, 4, 3, 1, 1),
		square(1, 10, 1, 9, 4, 2, 1),
		square(1, 10, 2, 9, 4, 2, 1),
		square(1, 10, 3, 9, 4, 2, 1),
		square(1, 10, 4, 9, 4, 2, 1),
		square(2, 5, 11, 13, 3, 1, 1),
		square(9, 2, 8, 12, 3, 1, 1),
		square(1, 3, 70, 9, 2, 1, 0),
		grouped(square(1, 6, 9, 9, 3, 1, 1), 9),
		grouped(square(1, 5, 4, 8, 3, 2, 1), 4),
		grouped(square(1, 6, 8, 16, 3, 1, 1), 2),
		grouped(square(1, 5, 34, 32, 3, 1, 1), 2),
		grouped(square(1, 5, 32, 32, 3, 2, 1), 2),
		grouped(square(1, 5, 32, 32, 3, 1, 1), 2),
	}
	eachTier(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(11, 12))
		for n, s := range shapes {
			for role := range 2 * (ConvDW + 1) {
				c := &Conv{ConvShape: s, Role: role / 2, Accumulate: n&1 != 0}
				fillConv(t, c, r, role&1 != 0) // an infinite weight times a zero of the padding would show
				ref := *c
				*ref.result() = append([]float32(nil), *c.result()...)
				ConvReference(&ref)
				c.Run(nil)
				sameF32(t, fmt.Sprintf("%+v role %d", s, c.Role), *c.result(), *ref.result())
			}
		}
	})
}
