package sampling

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/gannet-ml/gannet/model"
	"github.com/gannet-ml/gannet/sample"
)

// Sample draws pictures.
var Sample = Command{
	Name:  "sample",
	Short: "Draw pictures from a model",
	Long: `Sample draws the pictures of the given seeds. The picture of a seed depends on the model and the seed alone: it is the same
on every machine, instruction set, thread count and batch. --hash prints the SHA-256 of the raw bytes, in seed order, and
nothing else.

A model that was trained on a table writes CSV, with its header. --condition COLUMN=VALUE asks for rows with that value, of a
column of categories, and leaves out those that the generator makes with another one.`,
	Example: `  gannet sample runs/digits/generator.safetensors --seeds 0-63 --out sheet.png
  gannet sample model.safetensors --seeds 0-999 --outdir pictures
  gannet sample model.safetensors --seeds 0-63 --hash
  gannet sample table.safetensors -n 1000 -o rows.csv --condition "owns home=yes"`,
	Declare: func(f Flags) func(string, io.Writer) error {
		d := &drawing{}
		f.StringVar(&d.seedList, "seeds", defaultSeeds, "seeds and ranges of them")
		f.IntVar(&d.number, "number", 0, "draw so many, of the seeds from 0 on, instead of --seeds")
		f.StringVar(&d.condition, "condition", "", "of a table: only rows with this value, COLUMN=VALUE")
		f.StringVar(&d.out, "out", "", "write a contact sheet (PNG); of a generator of rows, a table (CSV)")
		f.StringVar(&d.outDir, "outdir", "", "write one PNG a seed into this folder")
		f.StringVar(&d.raw, "raw", "", "write the raw bytes, one picture after the other")
		f.BoolVar(&d.hash, "hash", false, "print the SHA-256 of the raw bytes")
		f.IntVar(&d.batch, "batch", 64, "pictures drawn at a time (changes the speed and the memory only)")
		f.IntVar(&d.threads, "threads", 0, "threads (default: all)")
		d.limit.Declare(f)
		d.origin.declare(f)
		return d.run
	},
}

// drawing is a run of the command.
type drawing struct {
	seedList, out, outDir, raw string
	condition                  string
	hash                       bool
	threads, batch, number     int
	limit                      Limit
	origin                     origin
}

const defaultSeeds = "0-63"

func (d *drawing) run(path string, stdout io.Writer) error {
	if d.number != 0 {
		if d.seedList != defaultSeeds {
			return Usagef("sample: --number and --seeds exclude each other")
		}
		if d.number < 1 || d.number > 1<<20 {
			return Usagef("sample: --number %d; want 1 to %d", d.number, 1<<20)
		}
		d.seedList = fmt.Sprintf("0-%d", d.number-1)
	}
	seeds, err := parseSeeds(d.seedList)
	if err != nil {
		return err
	}
	if d.out == "" && d.outDir == "" && d.raw == "" && !d.hash {
		return Usagef("sample: say what to make: --out, --outdir, --raw or --hash")
	}
	if err := checkBatch("sample", d.batch, d.threads); err != nil {
		return err
	}
	most, err := d.limit.Bytes()
	if err != nil {
		return err
	}
	m, err := d.origin.load(path, model.LoadToSample)
	if err != nil {
		return err
	}
	defer m.Close()
	if m.Meta.Row > 0 {
		return d.rows(path, m, seeds, most, stdout)
	}
	if d.condition != "" {
		return fmt.Errorf("%s: makes pictures; --condition is for tables", path)
	}
	img := m.Meta.Image
	beside := 8 * int64(len(seeds))
	if d.out != "" {
		if err := checkSheet(img, len(seeds)); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		cols, scale := sheetLayout(img, len(seeds))
		beside += int64(len(seeds)*img[0]*img[1]*img[2] + sample.SheetBytes(len(seeds), img[0], img[1], img[2], cols, scale))
	}
	if d.outDir != "" && img[2] > 4 {
		return fmt.Errorf("%s: pictures of %d channels; 1 to 4 can be written as PNG (--raw writes any)", path, img[2])
	}
	if d.outDir != "" && img[2] > 1 {
		beside += 4 * int64(img[0]) * int64(img[1]) // a picture as the encoder of PNG takes it
	}
	pool := allThreads(d.threads)
	defer pool.Close()
	release, err := within(m, min(d.batch, len(seeds)), pool.Threads(), most, beside)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	defer release()
	s, err := sample.New(m, min(d.batch, len(seeds)), pool)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if d.outDir != "" {
		if err := os.MkdirAll(d.outDir, 0o755); err != nil {
			return err
		}
	}
	var sheet []uint8
	if d.out != "" {
		sheet = make([]uint8, 0, len(seeds)*s.Size())
	}
	sum := sha256.New()
	// One batch at a time: a million pictures need no more memory than one.
	draw := func(rawOut io.Writer) error {
		pix := make([]uint8, s.Batch()*s.Size())
		for chunk := range slices.Chunk(seeds, s.Batch()) {
			pix := pix[:len(chunk)*s.Size()]
			s.Sample(pix, chunk)
			sum.Write(pix)
			if _, err := rawOut.Write(pix); err != nil {
				return err
			}
			if d.out != "" {
				sheet = append(sheet, pix...)
			}
			if d.outDir == "" {
				continue
			}
			for i, seed := range chunk {
				name := filepath.Join(d.outDir, fmt.Sprintf("seed%06d.png", seed))
				if err := writePicture(name, pix[i*s.Size():][:s.Size()], img); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if d.raw != "" {
		err = model.Atomically(d.raw, draw)
	} else {
		err = draw(io.Discard)
	}
	if err != nil {
		return err
	}
	if d.out != "" {
		if err := WriteSheet(d.out, sheet, img, len(seeds)); err != nil {
			return err
		}
	}
	if d.hash {
		fmt.Fprintln(stdout, hex.EncodeToString(sum.Sum(nil)))
	}
	return nil
}

// sheetLayout is a square of n pictures, larger than life where they are small and few.
func sheetLayout(img [3]int, n int) (cols, scale int) {
	cols = int(math.Ceil(math.Sqrt(float64(n))))
	if n > 1024 {
		return cols, 1
	}
	return cols, max(1, min(3, 128/img[0]))
}

// checkSheet reports a sheet that cannot be drawn, before the pictures are.
func checkSheet(img [3]int, n int) error {
	cols, scale := sheetLayout(img, n)
	return sample.CheckSheet(n, img[0], img[1], img[2], cols, scale)
}

// WriteSheet writes a contact sheet of n pictures.
func WriteSheet(path string, pix []uint8, img [3]int, n int) error {
	cols, scale := sheetLayout(img, n)
	return model.Atomically(path, func(w io.Writer) error { return sample.Sheet(w, pix, img[0], img[1], img[2], cols, scale) })
}

// writePicture writes a picture of 1 to 4 channels.
func writePicture(path string, pix []uint8, dims [3]int) error {
	return model.Atomically(path, func(w io.Writer) error { return sample.Picture(w, pix, dims[0], dims[1], dims[2]) })
}
