// Command peers times us against the libraries that others use, in turns in one run: products against OpenBLAS, BLIS
// and oneDNN, convolutions against oneDNN, generators against ONNX Runtime.
//
//	apt-get install gcc nodejs npm libdnnl-dev libopenblas-dev libblis-dev
//	npm install --ignore-scripts --prefix .peers onnxruntime-node@1.30.0
//	go run ./bench/peers -out docs/results/peers
//
// Every rival is a process of its own that is stopped while it is not its turn. A round of a row is ours, rival, ours,
// next rival, and so on; a ratio is the median over the rounds of a rival's time over the time of our turn before it.
// With -out, rows are merged into OUT.json and the whole table is written to OUT.md, so that a table can be made in
// pieces (-filter, -threads). All rows on one and two threads take sixteen minutes. The machine should do nothing else:
// nice does not hold back another session's processes where the kernel groups them by session.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"math"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gannet-ml/gannet/bench/peers/internal/serve"
	"github.com/gannet-ml/gannet/kernels"
)

// rival is one way in which a library can be asked to do a job.
type rival struct {
	server string // a key of servers
	form   string
	label  string
}

// request is what a server is asked to time.
type request struct {
	Op      string  `json:"op"`
	Form    string  `json:"form"`
	M       int     `json:"m"`
	K       int     `json:"k"`
	N       int     `json:"n"`
	TA      int     `json:"ta"`
	TB      int     `json:"tb"`
	Seconds float64 `json:"seconds"`

	Conv *convRequest `json:"conv,omitempty"` // N is the batch
}

// convRequest is a convolution: see servers/peer_onednn_conv.c.
type convRequest struct {
	Role   string `json:"role"` // what is computed: y, x or w
	H      int    `json:"h"`
	W      int    `json:"w"`
	Cin    int    `json:"cin"`
	OH     int    `json:"oh"`
	OW     int    `json:"ow"`
	Cout   int    `json:"cout"`
	KH     int    `json:"kh"`
	KW     int    `json:"kw"`
	Stride int    `json:"stride"`
	Pad    int    `json:"pad"`
}

// job is one row of the table before it was measured.
type job struct {
	kind, shape string  // kind is a key of kinds
	work        float64 // operations of one call
	tolerance   float64 // by so much of their scale may the results' checksums differ: 0 for integers
	rivals      []rival
	ask         request

	// peak measures how many operations a second the threads do at best; nil where the machine sets no such limit.
	peak func(*kernels.Pool) float64
	// files writes what a server needs into its folder; nil where it needs nothing.
	files func(dir string) error
	// ours returns what is timed on our side, and the checksum of its result.
	ours func(*kernels.Pool) (run func(), sums func() (sum, abs float64), err error)
	// theirs is the same of a rival without a server, which is ours too.
	theirs func(*kernels.Pool) (run func(), sums func() (sum, abs float64), err error)
}

func (j *job) String() string { return j.kind + "/" + j.shape }

// jobs lists all rows.
func jobs() []job { return slices.Concat(gemmJobs(), convJobs(), generatorJobs()) }

// measure takes the turns of one row.
func (j *job) measure(s *servers, pool *kernels.Pool, rounds int, seconds float64, best bool) (Row, error) {
	turn := time.Duration(seconds * float64(time.Second))
	row := Row{Kind: j.kind, Shape: j.shape, Tier: kernels.Tier(), Threads: pool.Threads(), Work: j.work,
		Rivals: map[string]Rival{}, Date: time.Now().UTC().Format(time.DateOnly)}
	run, sums, err := j.ours(pool)
	if err != nil {
		return row, fmt.Errorf("%s: %w", j, err)
	}
	if j.files != nil {
		if err := j.files(s.dir); err != nil {
			return row, err
		}
	}
	run()
	sum, abs := sums()
	ask := func(r rival) (a serve.Answer, err error) {
		q := j.ask
		q.Form, q.Seconds = r.form, seconds
		err = s.ask(r.server, pool.Threads(), q, &a)
		return a, err
	}
	if j.theirs != nil {
		run, sums, err := j.theirs(pool)
		if err != nil {
			return row, fmt.Errorf("%s: %w", j, err)
		}
		ask = func(rival) (serve.Answer, error) {
			a := serve.Measure(turn, run)
			a.Sum, a.Abs = sums()
			return a, nil
		}
	}

	var ours, peaks []float64
	theirs, ratios := map[string][]float64{}, map[string][]float64{}
	for range rounds {
		if j.peak != nil {
			peaks = append(peaks, j.peak(pool))
		}
		for _, r := range j.rivals {
			mine := serve.Measure(turn, run)
			a, err := ask(r)
			if err != nil {
				return row, err
			}
			if a.Error != "" {
				return row, fmt.Errorf("%s, %s: %s", j, r.label, a.Error)
			}
			if !(math.Abs(a.Sum-sum) <= j.tolerance*abs) {
				return row, fmt.Errorf("%s: %s computed something else: checksum %g, ours %g of %g", j, r.label, a.Sum, sum, abs)
			}
			x, y := mine.Median, a.Median
			if best {
				x, y = mine.Best, a.Best
			}
			ours = append(ours, x)
			theirs[r.label] = append(theirs[r.label], y)
			ratios[r.label] = append(ratios[r.label], y/x)
		}
	}
	row.Seconds = serve.Median(ours)
	if len(peaks) > 0 {
		row.Peak = slices.Max(peaks)
	}
	for label := range theirs {
		row.Rivals[label] = Rival{serve.Median(theirs[label]), serve.Median(ratios[label])}
	}
	return row, nil
}

func run() error {
	filter := flag.String("filter", "", "rows whose \"kind/shape\" contains one of these, separated by |; empty: all")
	threads := flag.String("threads", "1,2", "numbers of threads, separated by commas")
	rounds := flag.Int("rounds", 5, "turns of each rival")
	seconds := flag.Float64("seconds", 0.06, "of a turn")
	isa := flag.String("isa", "", "tier to force on our side; without avx512 the rivals are limited to AVX2 too")
	best := flag.Bool("best", false, "compare the best calls of turns, not their medians: for a machine that others use")
	asJSON := flag.Bool("json", false, "print the measured rows as JSON")
	out := flag.String("out", "", "merge the rows into OUT.json and write the whole table to OUT.md")
	ort := flag.String("ort", ".peers", "folder with node_modules/onnxruntime-node")
	list := flag.Bool("list", false, "list the rows and stop")
	flag.Parse()
	if flag.NArg() > 0 {
		return fmt.Errorf("peers: unexpected argument %q", flag.Arg(0))
	}
	if *isa != "" {
		if _, err := kernels.Force(*isa); err != nil {
			return err
		}
	}
	if err := kernels.EnvError(); err != nil {
		return err
	}

	chosen := slices.DeleteFunc(jobs(), func(j job) bool {
		if *isa != "" && j.files != nil {
			return true // ONNX Runtime cannot be held to a tier
		}
		for f := range strings.SplitSeq(*filter, "|") {
			if strings.Contains(j.String(), f) {
				return false
			}
		}
		return true
	})
	if *list {
		for _, j := range chosen {
			fmt.Println(j.String())
		}
		return nil
	}

	if *best && *out != "" {
		return errors.New("peers: -best is for looking, not for the table of -out")
	}
	start := time.Now()
	s, err := newServers(chosen, *ort, kernels.Tier() != "avx512")
	if err != nil {
		return err
	}
	defer s.close()
	rep := newReport()
	if *out != "" {
		if err := rep.load(*out + ".json"); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	var measured []Row
	for t := range strings.SplitSeq(*threads, ",") {
		n, err := strconv.Atoi(t)
		if err != nil || n < 1 || n > runtime.GOMAXPROCS(0) {
			return fmt.Errorf("peers: %q threads; this process may use 1 to %d", t, runtime.GOMAXPROCS(0))
		}
		pool := kernels.NewPool(n)
		for i := range chosen {
			row, err := chosen[i].measure(s, pool, *rounds, *seconds, *best)
			if err != nil {
				return err
			}
			measured = append(measured, row)
			rep.add(row)
			rep.arrange(jobs())
			rep.Versions = s.versions(rep.Versions)
			if !*asJSON {
				fmt.Println(row)
			}
			if *out != "" {
				if err := rep.save(*out); err != nil {
					return err
				}
			}
			runtime.GC() // the operands of this row go before those of the next come
		}
		pool.Close()
	}
	if *asJSON {
		return json.NewEncoder(os.Stdout).Encode(measured)
	}
	fmt.Printf("%d rows in %.0f s\n", len(measured), time.Since(start).Seconds())
	return nil
}

func main() {
	log.SetFlags(0)
	if err := run(); err != nil {
		log.Fatal(err)
	}
}
