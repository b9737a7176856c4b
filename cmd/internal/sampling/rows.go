package sampling

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/gannet-ml/gannet/model"
	"github.com/gannet-ml/gannet/sample"
	"github.com/gannet-ml/gannet/table"
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
	obeys, err := d.obey(m, s)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	write := func(out *bufio.Writer, row []float32, _ uint64) { writeRow(out, row) }
	if t := m.Meta.Table; t != nil {
		decoder := table.NewDecoder(t)
		write = func(out *bufio.Writer, row []float32, seed uint64) {
			out.Write(decoder.AppendRow(out.AvailableBuffer(), row, seed, sample.StreamCells))
		}
	}
	sum := sha256.New()
	// One batch at a time: a million rows need no more memory than one.
	draw := func(raw, csv io.Writer) error {
		bytes, row, out := make([]uint8, s.Batch()*s.Size()), make([]float32, m.Meta.Row), bufio.NewWriter(csv)
		if m.Meta.Table != nil {
			out.Write(m.Meta.Table.AppendHeader(nil))
		}
		made, next := 0, uint64(len(seeds))
		for todo := seeds; len(todo) > 0; {
			chunk := todo[:min(len(todo), s.Batch())]
			todo = todo[len(chunk):]
			bytes := bytes[:len(chunk)*s.Size()]
			s.Sample(bytes, chunk)
			for i, seed := range chunk {
				bytes := bytes[i*s.Size():][:s.Size()]
				for j := range row {
					row[j] = math.Float32frombits(binary.LittleEndian.Uint32(bytes[4*j:]))
				}
				if made == d.number && d.number > 0 || !obeys(row, seed) {
					continue
				}
				made++
				sum.Write(bytes)
				if _, err := raw.Write(bytes); err != nil {
					return err
				}
				if d.out != "" {
					write(out, row, seed)
				}
			}
			if len(todo) == 0 && made < d.number { // some did not obey: the seeds after them have a turn
				if next > uint64(len(seeds))*maxTries {
					return fmt.Errorf("of %d rows that were asked for %s only %d have it", next, d.condition, made)
				}
				todo = sample.Seeds(next, next+uint64(s.Batch())-1)
				next += uint64(s.Batch())
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

// maxTries is the number of rows that are drawn for each that is wanted, at most, until enough meet a condition.
const maxTries = 100

// obey has the sampler draw rows that are to meet the condition, if there is one, and returns what says whether a row does.
func (d *drawing) obey(m *model.Model, s *sample.Sampler) (func(row []float32, seed uint64) bool, error) {
	if d.condition == "" {
		return func([]float32, uint64) bool { return true }, nil
	}
	t := m.Meta.Table
	if t == nil {
		return nil, fmt.Errorf("makes points; --condition is for tables")
	}
	entry, err := t.ParseCondition(d.condition)
	if err != nil {
		return nil, fmt.Errorf("--condition: %w", err)
	}
	s.Ask(entry)
	decoder := table.NewDecoder(t)
	return func(row []float32, seed uint64) bool {
		return decoder.Meets(entry, row, seed, sample.StreamCells)
	}, nil
}

// into writes a file, or nothing if it has no name.
func into(path string, write func(io.Writer) error) error {
	if path == "" {
		return write(io.Discard)
	}
	return model.Atomically(path, write)
}

// writeRow writes numbers, each with as many digits as tell it from its neighbours. out keeps its first error.
func writeRow(out *bufio.Writer, row []float32) {
	for i, v := range row {
		out.Write(strconv.AppendFloat(out.AvailableBuffer(), float64(v), 'g', -1, 32))
		if i == len(row)-1 {
			out.WriteByte('\n')
		} else {
			out.WriteByte(',')
		}
	}
}
