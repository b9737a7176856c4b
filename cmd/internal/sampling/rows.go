package sampling

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"

	"github.com/gannet-ml/gannet/model"
	"github.com/gannet-ml/gannet/sample"
)

// rows draws rows of numbers: a table of comma-separated values, their raw bytes, or the hash of these.
func (d *drawing) rows(path string, m *model.Model, seeds []uint64, most int64, stdout io.Writer) error {
	if d.outDir != "" {
		return fmt.Errorf("%s: makes rows of %d numbers, not pictures; --out writes them as CSV, --raw as float32", path, m.Meta.Row)
	}
	pool := allThreads(d.threads)
	defer pool.Close()
	if err := fits(m, min(d.batch, len(seeds)), pool.Threads(), most, len(seeds)*m.SampleBytes()); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	s, err := sample.New(m, min(d.batch, len(seeds)), pool)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	raw := make([]uint8, len(seeds)*s.Size())
	s.Sample(raw, seeds)
	if d.raw != "" {
		err := model.Atomically(d.raw, func(w io.Writer) error {
			_, err := w.Write(raw)
			return err
		})
		if err != nil {
			return err
		}
	}
	if d.out != "" {
		if err := model.Atomically(d.out, func(w io.Writer) error { return writeTable(w, s.Rows(seeds), m.Meta.Row) }); err != nil {
			return err
		}
	}
	if d.hash {
		sum := sha256.Sum256(raw)
		fmt.Fprintln(stdout, hex.EncodeToString(sum[:]))
	}
	return nil
}

// writeTable writes rows of n numbers, each with as many digits as tell it from its neighbours.
func writeTable(out io.Writer, rows []float32, n int) error {
	w := bufio.NewWriter(out)
	for i, v := range rows {
		w.WriteString(strconv.FormatFloat(float64(v), 'g', -1, 32))
		if i%n == n-1 {
			w.WriteByte('\n')
		} else {
			w.WriteByte(',')
		}
	}
	return w.Flush()
}
