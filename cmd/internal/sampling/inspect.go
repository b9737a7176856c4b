package sampling

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/model"
	"github.com/gannet-ml/gannet/sample"
)

// Verify compares this machine's pictures with those that a model promises.
var Verify = Command{
	Name:  "verify",
	Short: "Check that this machine draws the very pictures that the model promises",
	Long: `Verify recomputes the sample hashes stored in the model on this machine, and fails if one differs. It also checks all data of the
file, and packed weights against the plain ones where this machine has their tier. The checksum of a file, and its signature if
it has one, are checked whenever it is read; --require-signature says which key's signature it must be.`,
	Example: "  gannet verify digits-int8.safetensors",
	Declare: func(f Flags) func(string, io.Writer) error {
		var l Limit
		var o origin
		l.Declare(f)
		o.declare(f)
		return func(path string, stdout io.Writer) error {
			most, err := l.Bytes()
			if err != nil {
				return err
			}
			m, err := o.load(path, model.Load)
			if err != nil {
				return err
			}
			defer m.Close()
			pool := allThreads(0)
			defer pool.Close()
			release, err := within(m, sample.HashBatch, pool.Threads(), most, 0)
			if err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			defer release()
			if err := m.CheckPacked(); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			if err := sample.Verify(m, pool); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			if key := m.Signer(); key != nil {
				fmt.Fprintf(stdout, "ok  signature of the key %s\n", model.KeyName(key))
			}
			if tier := m.PackedFor(); tier != "" {
				fmt.Fprintf(stdout, "ok  weights packed for %s\n", tier)
			}
			for _, h := range m.Meta.Hashes {
				fmt.Fprintf(stdout, "ok  seeds %d-%d  %s  tier %s\n", h.From, h.To, h.SHA256, kernels.Tier())
			}
			return nil
		}
	},
}

// Inspect says what a model is made of.
var Inspect = Command{
	Name:  "inspect",
	Short: "Say what a model is made of",
	Long: `Inspect prints what the file says of the model, and its tensors. --plan adds the compiled program and the memory that
sampling takes on this machine with --batch and --threads: known before anything runs, and what --max-memory compares.`,
	Example: "  gannet inspect model.safetensors\n  gannet inspect model.safetensors --plan --batch 16",
	Declare: func(f Flags) func(string, io.Writer) error {
		i := &inspection{}
		f.BoolVar(&i.plan, "plan", false, "print the compiled program: steps, memory, operations")
		f.IntVar(&i.batch, "batch", 1, "batch of the plan")
		f.IntVar(&i.threads, "threads", 0, "threads of the plan (default: all)")
		f.BoolVar(&i.asJSON, "json", false, "print JSON, without the plan")
		i.limit.Declare(f)
		return i.run
	},
}

// inspection is a run of the command.
type inspection struct {
	plan, asJSON   bool
	batch, threads int
	limit          Limit
}

func (i *inspection) run(path string, w io.Writer) error {
	if err := checkBatch("inspect", i.batch, i.threads); err != nil {
		return err
	}
	if i.asJSON && i.plan {
		return Usagef("inspect: --json and --plan exclude each other")
	}
	most, err := i.limit.Bytes()
	if err != nil {
		return err
	}
	m, err := model.LoadToSample(path)
	if err != nil {
		return err
	}
	defer m.Close()
	pool := allThreads(i.threads)
	defer pool.Close()
	release, err := within(m, i.batch, pool.Threads(), most, 0)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	defer release()
	if i.asJSON {
		type tensor struct {
			Name  string `json:"name"`
			DType string `json:"dtype"`
			Shape []int  `json:"shape"`
		}
		var ts []tensor
		for _, t := range model.Tensors(m.Weights) {
			ts = append(ts, tensor{t.Name, t.DType.String(), t.Shape.Dims()})
		}
		return json.NewEncoder(w).Encode(map[string]any{"meta": m.Meta, "tensors": ts, "weights_bytes": m.Weights.Bytes()})
	}
	short := m.Meta
	short.Table = nil
	meta, err := json.MarshalIndent(short, "", "  ")
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s\n", meta)
	if t := m.Meta.Table; t != nil {
		fmt.Fprintf(w, "table: %d columns, %d numbers of z are a condition\n", len(t.Columns), t.Condition())
		for i := range t.Columns {
			fmt.Fprintf(w, "  %-16s %v\n", printable(t.Columns[i].Name), &t.Columns[i])
		}
	}
	for _, t := range model.Tensors(m.Weights) {
		fmt.Fprintf(w, "%-16s %-6v %v\n", printable(t.Name), t.DType, t.Shape)
	}
	fmt.Fprintf(w, "weights: %d bytes\n", m.Weights.Bytes())
	if key := m.Signer(); key != nil {
		fmt.Fprintf(w, "signed by the key %s\n", model.KeyName(key))
	}
	if tier := m.PackedFor(); tier != "" {
		fmt.Fprintf(w, "packed for %s: %d bytes of the weights are not read\n", tier, m.Idle())
	}
	if !i.plan {
		return nil
	}
	need, err := sample.Memory(m, i.batch, pool.Threads())
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	s, err := sample.New(m, i.batch, pool)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	fmt.Fprint(w, s.Plan())
	fmt.Fprintf(w, "memory at a batch of %d on %d threads, tier %s:\n", s.Batch(), pool.Threads(), kernels.Tier())
	for _, line := range []struct {
		what  string
		bytes int64
	}{
		{"weights (" + need.WeightsAre() + ")", need.Weights}, {"packed copies", need.Packed}, {"arena", need.Arena},
		{"scratch of the threads", need.Scratch}, {"the program itself", need.Program}, {"peak", need.Peak()},
	} {
		fmt.Fprintf(w, "  %-28s %10s\n", line.what, Size(line.bytes))
	}
	return nil
}

// printable is a name out of a file, quoted where a terminal would obey it.
func printable(s string) string {
	if q := strconv.Quote(s); q != `"`+s+`"` {
		return q
	}
	return s
}
