package bench

import (
	"testing"
	"time"
)

// Every kernel must give the same hash on every tier; Run says so.
func TestHashesAgree(t *testing.T) {
	filter := "x100x"
	if testing.Short() {
		filter = "gemm/1x100x"
	}
	rep, err := Run(Options{Filter: filter, MinTime: time.Millisecond, Reps: 1})
	if err != nil {
		t.Fatal(err)
	}
	if len(rep.Rows) == 0 {
		t.Fatal("nothing was measured")
	}
	for _, r := range rep.Rows {
		if r.Seconds <= 0 || r.Rate <= 0 {
			t.Errorf("%+v: no time", r)
		}
	}
}
