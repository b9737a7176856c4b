package kernels

import (
	"os"
	"strings"
	"testing"
)

// TestRequiredTiers makes a tier that a machine should have but does not a failure, not a silent gap in the tests.
func TestRequiredTiers(t *testing.T) {
	names := os.Getenv("GANNET_REQUIRE_TIERS")
	if names == "" {
		t.Skip("GANNET_REQUIRE_TIERS is not set")
	}
	available := map[string]bool{}
	var can []string
	for _, ti := range Tiers() {
		if ti.Available {
			available[ti.Name] = true
			can = append(can, ti.Name)
		}
	}
	for _, name := range strings.Split(names, ",") {
		if name != "" && !available[name] {
			t.Errorf("tier %q is required but not available (available: %s)", name, strings.Join(can, ", "))
		}
	}
}

func TestTierTable(t *testing.T) {
	all := Tiers()
	if last := all[len(all)-1]; last.Name != "generic" || !last.Available {
		t.Errorf("the last row is %+v, want an available generic tier", last)
	}
	seen := map[string]bool{}
	active := 0
	for _, ti := range all {
		if ti.Name == "" || ti.Needs == "" || seen[ti.Name] {
			t.Errorf("row %+v: want a name of its own and its needs", ti)
		}
		seen[ti.Name] = true
		if ti.Active {
			active++
			if !ti.Available || ti.Name != Tier() {
				t.Errorf("row %+v is active, but Tier is %q", ti, Tier())
			}
		}
	}
	if active != 1 {
		t.Errorf("%d rows are active, want 1", active)
	}
}

func TestForce(t *testing.T) {
	before := Tier()
	var missing []string
	for _, ti := range Tiers() {
		if !ti.Available {
			missing = append(missing, ti.Name)
			continue
		}
		restore, err := Force(ti.Name)
		if err != nil {
			t.Fatal(err)
		}
		if Tier() != ti.Name {
			t.Errorf("Tier is %q after Force(%q)", Tier(), ti.Name)
		}
		restore()
		if Tier() != before {
			t.Errorf("Tier is %q after restore, want %q", Tier(), before)
		}
	}
	for _, name := range append(missing, "", "AVX2", "sse9", "generic ") {
		restore, err := Force(name)
		if err == nil {
			restore()
			t.Errorf("Force(%q): no error", name)
			continue
		}
		if msg := err.Error(); !strings.Contains(msg, "generic") || strings.Contains(msg, "\n") {
			t.Errorf("Force(%q): %q does not list the available tiers on one line", name, msg)
		}
		if Tier() != before {
			t.Fatalf("Force(%q) failed and changed the tier to %q", name, Tier())
		}
	}
}

// TestRowsIndependent: a row of C does not depend on how many rows are computed with it, so neither on the thin path,
// the half tile nor the division into tasks.
func TestRowsIndependent(t *testing.T) {
	const m, n, k = 270, 53, 261
	pool := NewPool(2)
	defer pool.Close()
	a, b := make([]float32, m*k), make([]float32, k*n)
	for i := range a {
		a[i] = float32(i*7%23-11) / 8
	}
	for i := range b {
		b[i] = float32(i*5%19-9) / 16 * 1.1
	}
	counts := []int{m, 1, 4, 8, 12, 16, 17, 100, 252, 257}
	if testing.Short() {
		counts = []int{m, 1, 4, 12, 17}
	}
	var want []float32
	eachTier(t, func(t *testing.T) {
		for _, rows := range counts {
			for _, p := range []*Pool{nil, pool} {
				g := &Gemm{M: rows, N: n, K: k, A: a, Lda: k, B: b, Ldb: n, C: make([]float32, rows*n), Ldc: n}
				g.Run(p)
				if want == nil {
					want = g.C
				}
				sameF32(t, Tier(), g.C, want[:rows*n])
			}
		}
	})
}
