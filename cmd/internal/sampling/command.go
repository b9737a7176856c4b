// Package sampling has the commands that gannet and gannet-sample share: sample, verify, inspect and the measuring of a
// model. They need the standard library alone, whoever parses their flags.
package sampling

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/model"
	"github.com/gannet-ml/gannet/sample"
)

// Flags is what the flag sets of the standard library and of pflag have in common.
type Flags interface {
	BoolVar(p *bool, name string, value bool, usage string)
	IntVar(p *int, name string, value int, usage string)
	StringVar(p *string, name string, value string, usage string)
}

// Shorthands are the letters of flags that have one.
var Shorthands = map[string]string{"number": "n", "out": "o"}

// Command is a command with one argument, MODEL.
type Command struct {
	Name, Short, Long, Example string

	// Declare declares the flags and returns what runs the command on a model's file once they are set.
	Declare func(f Flags) func(path string, stdout io.Writer) error
}

// UsageError is a mistake on the command line: exit code 2.
type UsageError struct{ Err error }

func (e UsageError) Error() string { return e.Err.Error() }

// Unwrap returns the mistake.
func (e UsageError) Unwrap() error { return e.Err }

// Usagef returns a UsageError.
func Usagef(format string, a ...any) error { return UsageError{fmt.Errorf(format, a...)} }

// Report writes an error as one line, also where a name or another program's message has several, and returns the exit
// code: 0 for none, 1 for a failure, 2 for wrong usage.
func Report(stderr io.Writer, program string, err error) int {
	if err == nil {
		return 0
	}
	fmt.Fprintf(stderr, "%s: %s\n", program, strings.NewReplacer("\n\t", " ", "\n", " ").Replace(err.Error()))
	if errors.As(err, new(UsageError)) {
		return 2
	}
	return 1
}

// Output remembers the first failure of a writer, so that prints need no check of their own.
type Output struct {
	W   io.Writer
	err error
}

func (o *Output) Write(b []byte) (int, error) {
	n, err := o.W.Write(b)
	if o.err == nil {
		o.err = err
	}
	return n, err
}

// Err returns the first failure.
func (o *Output) Err() error {
	if o.err == nil {
		return nil
	}
	return fmt.Errorf("standard output: %w", o.err)
}

// allThreads is a pool of n threads, or of all.
func allThreads(n int) *kernels.Pool {
	if n == 0 {
		n = 1 << 10
	}
	return kernels.NewPool(n)
}

// parseSeeds reads "0-63,100,7": seeds and ranges, in this order.
func parseSeeds(s string) ([]uint64, error) {
	const most = 1 << 20
	var ranges [][2]uint64
	count := uint64(0)
	for _, part := range strings.Split(s, ",") {
		lo, hi, isRange := strings.Cut(part, "-")
		from, err := strconv.ParseUint(strings.TrimSpace(lo), 10, 64)
		to := from
		if err == nil && isRange {
			to, err = strconv.ParseUint(strings.TrimSpace(hi), 10, 64)
		}
		if err != nil || to < from {
			return nil, Usagef("--seeds %q: %q is neither a seed nor a range like 0-63", s, part)
		}
		if to-from >= most-count {
			return nil, Usagef("--seeds %q: more than %d seeds", s, most)
		}
		ranges, count = append(ranges, [2]uint64{from, to}), count+to-from+1
	}
	seeds := make([]uint64, 0, count)
	for _, r := range ranges {
		for i := range r[1] - r[0] + 1 {
			seeds = append(seeds, r[0]+i)
		}
	}
	return seeds, nil
}

// Limit is the flag --max-memory.
type Limit struct{ text string }

// Declare declares the flag.
func (l *Limit) Declare(f Flags) {
	f.StringVar(&l.text, "max-memory", "", "refuse beforehand what will need more, as 64M or 1.5G (powers of 1024)")
}

// Bytes returns the limit; 0 is none.
func (l *Limit) Bytes() (int64, error) {
	if l.text == "" {
		return 0, nil
	}
	digits, unit := strings.TrimSuffix(strings.TrimSuffix(strings.ToUpper(l.text), "B"), "I"), 1.0
	for i, letter := range []string{"K", "M", "G", "T"} {
		if rest, ok := strings.CutSuffix(digits, letter); ok {
			digits, unit = rest, math.Pow(1024, float64(i+1))
			break
		}
	}
	n, err := strconv.ParseFloat(digits, 64)
	if err != nil || !(n*unit >= 1 && n*unit < 1<<62) {
		return 0, Usagef("--max-memory %q: want a size like 64M or 1.5G", l.text)
	}
	return int64(n * unit), nil
}

// origin is the flag --require-signature.
type origin struct{ key string }

func (o *origin) declare(f Flags) {
	f.StringVar(&o.key, "require-signature", "", "refuse a model that is not signed with the key of this file (PEM, the public one)")
}

// load loads a model to be sampled, or wholly, and checks its signature.
func (o *origin) load(path string, load func(string) (*model.Model, error)) (*model.Model, error) {
	var key ed25519.PublicKey
	if o.key != "" {
		var err error
		if key, err = model.ReadPublicKey(o.key); err != nil {
			return nil, err
		}
	}
	m, err := load(path)
	if err != nil || key == nil {
		return m, err
	}
	if err := m.CheckSigner(key); err != nil {
		m.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// programCode is the part of a program that the collector of garbage does not see.
const programCode = 4 << 20

// within reports a model that needs more memory than most, with so many bytes beside it. Otherwise it sees to it that
// garbage does not take more either, until release is called. 0 is no limit.
func within(m *model.Model, batch, threads int, most, beside int64) (release func(), err error) {
	if most == 0 {
		return func() {}, nil
	}
	need, err := sample.Memory(m, batch, threads)
	if err != nil {
		return nil, err
	}
	if peak := need.Peak() + beside; peak > most {
		return nil, fmt.Errorf("needs %s of memory at a batch of %d, --max-memory allows %s", Size(peak), batch, Size(most))
	}
	heap := most - programCode
	if need.Mapped {
		heap -= need.Weights
	}
	before := debug.SetMemoryLimit(heap)
	return func() { debug.SetMemoryLimit(before) }, nil
}

// Size writes a number of bytes for people.
func Size(n int64) string {
	switch {
	case n < 10<<10:
		return fmt.Sprintf("%d B", n)
	case n < 1<<20:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	case n < 1<<30:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
}

// checkBatch refuses values of --batch and --threads that the named command cannot take.
func checkBatch(command string, batch, threads int) error {
	if batch < 1 || batch > 1<<12 || threads < 0 {
		return Usagef("%s: --batch %d and --threads %d; want a batch of 1 to 4096 and no negative threads", command, batch, threads)
	}
	return nil
}
