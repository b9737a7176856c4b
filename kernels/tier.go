package kernels

import (
	"fmt"
	"os"
	"strings"
	"sync/atomic"
)

// tier is one row of the table: a set of kernels and what it asks of the CPU. Each family of kernels is a struct of
// function values and blocking parameters, declared beside its reference; no function value in it is ever nil.
type tier struct {
	name  string
	needs string // the CPU features, for people
	has   bool   // this CPU has them

	f32    gemmF32Kernels
	u8     gemmU8Kernels
	conv   convKernels
	convU8 convU8Kernels
	point  pointU8Kernels
	words  wordKernels
	vec    vecKernels
	rows   rowKernels
	norm   normKernels
	rng    rngKernels

	// wide is this row with the u8 and convU8 of products of words, or nil: they are made of two products of bytes.
	wide *tier
}

// of returns the row whose kernels make the products of a layer.
func (t *tier) of(l *ConvU8Layer) *tier {
	if l.Wide && t.wide != nil {
		return t.wide
	}
	return t
}

// genericTier is the reference itself: always available, always the last row.
var genericTier = tier{
	name: "generic", needs: "nothing", has: true,
	f32: gemmF32Generic, u8: gemmU8Generic, conv: convGeneric, convU8: convU8Gather, point: pointU8Generic, words: wordsGeneric, vec: vecGeneric,
	rows: rowsGeneric, norm: normGeneric, rng: rngGeneric,
}

// tiers is the table, best first. Files for one architecture put their rows before the generic one.
var tiers = append(archTiers(), &genericTier)

var active atomic.Pointer[tier]

// envErr remembers a bad GANNET_ISA until a caller can report it.
var envErr error

func init() {
	for _, t := range tiers {
		if t.has {
			active.Store(t)
			break
		}
	}
	if name := os.Getenv("GANNET_ISA"); name != "" {
		if _, err := Force(name); err != nil {
			envErr = fmt.Errorf("GANNET_ISA=%s: %w", name, err)
		}
	}
}

// TierInfo describes one row of the tier table.
type TierInfo struct {
	Name      string `json:"name"`
	Needs     string `json:"needs"`
	Available bool   `json:"available"`
	Active    bool   `json:"active"`
}

// Tiers lists the rows of the tier table of this build, best first.
func Tiers() []TierInfo {
	var out []TierInfo
	for _, t := range tiers {
		out = append(out, TierInfo{t.name, t.needs, t.has, t == active.Load()})
	}
	return out
}

// Tier returns the name of the tier in use.
func Tier() string { return active.Load().name }

// EnvError returns the error of an unusable GANNET_ISA, or nil. Commands report it before doing anything else.
func EnvError() error { return envErr }

// Force makes the named tier the one in use and returns a function that puts the former one back. A name that is
// unknown, or that this CPU cannot run, is an error listing the ones that it can.
func Force(name string) (restore func(), err error) {
	var can []string
	for _, t := range tiers {
		if !t.has {
			continue
		}
		if t.name == name {
			old := active.Swap(t)
			return func() { active.Store(old) }, nil
		}
		can = append(can, t.name)
	}
	return nil, fmt.Errorf("tier %q is not available here (available: %s)", name, strings.Join(can, ", "))
}
