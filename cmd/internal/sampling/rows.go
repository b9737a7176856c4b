package sampling

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"slices"
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
	release, err := within(m, min(d.batch, len(seeds)), pool.Threads(), most, 8*int64(len(seeds)))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	defer release()
	s, err := sample.New(m, min(d.batch, len(seeds)), pool)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	sum := sha256.New()
	// One batch at a time: a million rows need no more memory than one.
	draw := func(raw, table io.Writer) error {
		bytes, out := make([]uint8, s.Batch()*s.Size()), bufio.NewWriter(table)
		for chunk := range slices.Chunk(seeds, s.Batch()) {
			bytes := bytes[:len(chunk)*s.Size()]
			s.Sample(bytes, chunk)
			sum.Write(bytes)
			if _, err := raw.Write(bytes); err != nil {
				return err
			}
			if d.out != "" {
				writeTable(out, bytes, m.Meta.Row)
			}
		}
		return out.Flush()
	}
	err = into(d.raw, func(raw io.Writer) error {
		return into(d.out, func(table io.Writer) error { return draw(raw, table) })
	})
	if err != nil {
		return err
	}
	if d.hash {
		fmt.Fprintln(stdout, hex.EncodeToString(sum.Sum(nil)))
	}
	return nil
}

// into writes a file, or nothing if it has no name.
func into(path string, write func(io.Writer) error) error {
	if path == "" {
		return write(io.Discard)
	}
	return model.Atomically(path, write)
}

// writeTable writes rows of n numbers, each with as many digits as tell it from its neighbours. out keeps its first error.
func writeTable(out *bufio.Writer, rows []uint8, n int) {
	for i := range len(rows) / 4 {
		v := math.Float32frombits(binary.LittleEndian.Uint32(rows[4*i:]))
		out.Write(strconv.AppendFloat(out.AvailableBuffer(), float64(v), 'g', -1, 32))
		if i%n == n-1 {
			out.WriteByte('\n')
		} else {
			out.WriteByte(',')
		}
	}
}
