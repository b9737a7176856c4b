package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/model"
	"github.com/gannet-ml/gannet/quant"
	"github.com/gannet-ml/gannet/sample"
	"github.com/spf13/cobra"
)

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
	var seeds []uint64
	for _, part := range strings.Split(s, ",") {
		lo, hi, isRange := strings.Cut(part, "-")
		from, err := strconv.ParseUint(strings.TrimSpace(lo), 10, 64)
		to := from
		if err == nil && isRange {
			to, err = strconv.ParseUint(strings.TrimSpace(hi), 10, 64)
		}
		if err != nil || to < from {
			return nil, usagef("--seeds %q: %q is neither a seed nor a range like 0-63", s, part)
		}
		if to-from >= most || len(seeds)+int(to-from) >= most {
			return nil, usagef("--seeds %q: more than %d seeds", s, most)
		}
		seeds = append(seeds, sample.Seeds(from, to)...)
	}
	return seeds, nil
}

func sampleCommand() *cobra.Command {
	var (
		seedList, out, outDir, raw string
		hash                       bool
		threads, batch             int
	)
	c := &cobra.Command{
		Use:   "sample MODEL",
		Short: "Draw pictures from a model",
		Long: `Sample draws the pictures of the given seeds. The picture of a seed depends on the model and the seed alone: it is the same
on every machine, instruction set, thread count and batch. --hash prints the SHA-256 of the raw bytes, in seed order, and
nothing else.`,
		Example: `  gannet sample runs/digits/generator.safetensors --seeds 0-63 --out sheet.png
  gannet sample model.safetensors --seeds 0-999 --outdir pictures
  gannet sample model.safetensors --seeds 0-63 --hash`,
		Args: exactly(1, "MODEL"),
	}
	f := c.Flags()
	f.StringVar(&seedList, "seeds", "0-63", "seeds and ranges of them")
	f.StringVar(&out, "out", "", "write a contact sheet (PNG)")
	f.StringVar(&outDir, "outdir", "", "write one PNG a seed into this folder")
	f.StringVar(&raw, "raw", "", "write the raw bytes, one picture after the other")
	f.BoolVar(&hash, "hash", false, "print the SHA-256 of the raw bytes")
	f.IntVar(&batch, "batch", 64, "pictures drawn at a time (changes the speed only)")
	f.IntVar(&threads, "threads", 0, "threads (default: all)")
	c.RunE = func(c *cobra.Command, args []string) error {
		seeds, err := parseSeeds(seedList)
		if err != nil {
			return err
		}
		if out == "" && outDir == "" && raw == "" && !hash {
			return usagef("sample: say what to make: --out, --outdir, --raw or --hash")
		}
		if batch < 1 || batch > 1<<12 || threads < 0 {
			return usagef("sample: --batch %d and --threads %d; want a batch of 1 to 4096 and no negative threads", batch, threads)
		}
		m, err := model.Load(args[0])
		if err != nil {
			return err
		}
		defer m.Close()
		pool := allThreads(threads)
		defer pool.Close()
		s, err := sample.New(m, min(batch, len(seeds)), pool)
		if err != nil {
			return err
		}
		img := m.Meta.Image
		var sheet []uint8
		if out != "" {
			if err := checkSheet(img, len(seeds)); err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			sheet = make([]uint8, 0, len(seeds)*s.Size())
		}
		if outDir != "" {
			if img[2] != 1 && img[2] != 3 {
				return fmt.Errorf("%s: pictures of %d channels; 1 and 3 can be written as PNG (--raw writes any)", args[0], img[2])
			}
			if err := os.MkdirAll(outDir, 0o755); err != nil {
				return err
			}
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
				if out != "" {
					sheet = append(sheet, pix...)
				}
				if outDir == "" {
					continue
				}
				for i, seed := range chunk {
					path := filepath.Join(outDir, fmt.Sprintf("seed%06d.png", seed))
					if err := writePicture(path, pix[i*s.Size():][:s.Size()], img); err != nil {
						return err
					}
				}
			}
			return nil
		}
		if raw != "" {
			err = model.Atomically(raw, draw)
		} else {
			err = draw(io.Discard)
		}
		if err != nil {
			return err
		}
		if out != "" {
			if err := writeSheet(out, sheet, img, len(seeds)); err != nil {
				return err
			}
		}
		if hash {
			fmt.Fprintln(c.OutOrStdout(), hex.EncodeToString(sum.Sum(nil)))
		}
		return nil
	}
	return c
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

// writeSheet writes a contact sheet.
func writeSheet(path string, pix []uint8, img [3]int, n int) error {
	cols, scale := sheetLayout(img, n)
	return model.Atomically(path, func(w io.Writer) error { return sample.Sheet(w, pix, img[0], img[1], img[2], cols, scale) })
}

// writePicture writes a picture of 1 or 3 channels.
func writePicture(path string, pix []uint8, dims [3]int) error {
	h, w := dims[0], dims[1]
	var img image.Image = &image.Gray{Pix: pix, Stride: w, Rect: image.Rect(0, 0, w, h)}
	if dims[2] == 3 {
		rgba := image.NewRGBA(image.Rect(0, 0, w, h))
		for i := range h * w {
			rgba.SetRGBA(i%w, i/w, color.RGBA{pix[3*i], pix[3*i+1], pix[3*i+2], 255})
		}
		img = rgba
	}
	return model.Atomically(path, func(w io.Writer) error { return png.Encode(w, img) })
}

func verifyCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "verify MODEL",
		Short:   "Check that this machine draws the very pictures that the model promises",
		Long:    "Verify recomputes the sample hashes stored in the model on this machine, and fails if one differs.",
		Example: "  gannet verify digits-int8.safetensors",
		Args:    exactly(1, "MODEL"),
		RunE: func(c *cobra.Command, args []string) error {
			m, err := model.Load(args[0])
			if err != nil {
				return err
			}
			defer m.Close()
			pool := allThreads(0)
			defer pool.Close()
			if err := sample.Verify(m, pool); err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			for _, h := range m.Meta.Hashes {
				fmt.Fprintf(c.OutOrStdout(), "ok  seeds %d-%d  %s  tier %s\n", h.From, h.To, h.SHA256, kernels.Tier())
			}
			return nil
		},
	}
}

func inspectCommand() *cobra.Command {
	var plan, asJSON bool
	var batch int
	c := &cobra.Command{
		Use:     "inspect MODEL",
		Short:   "Say what a model is made of",
		Example: "  gannet inspect model.safetensors\n  gannet inspect model.safetensors --plan --batch 16",
		Args:    exactly(1, "MODEL"),
	}
	c.Flags().BoolVar(&plan, "plan", false, "print the compiled program: steps, memory, operations")
	c.Flags().IntVar(&batch, "batch", 1, "batch of the plan")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON, without the plan")
	c.RunE = func(c *cobra.Command, args []string) error {
		if batch < 1 || batch > 1<<12 {
			return usagef("inspect: --batch %d; want 1 to 4096", batch)
		}
		if asJSON && plan {
			return usagef("inspect: --json and --plan exclude each other")
		}
		m, err := model.Load(args[0])
		if err != nil {
			return err
		}
		defer m.Close()
		var s *sample.Sampler
		if plan {
			if s, err = sample.New(m, batch, nil); err != nil {
				return err
			}
		}
		w := c.OutOrStdout()
		if asJSON {
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
		meta, err := json.MarshalIndent(m.Meta, "", "  ")
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\n", meta)
		for _, t := range model.Tensors(m.Weights) {
			fmt.Fprintf(w, "%-16s %-6v %v\n", printable(t.Name), t.DType, t.Shape)
		}
		fmt.Fprintf(w, "weights: %d bytes\n", m.Weights.Bytes())
		if plan {
			fmt.Fprint(w, s.Plan())
		}
		return nil
	}
	return c
}

// printable is a name out of a file, quoted where a terminal would obey it.
func printable(s string) string {
	if q := strconv.Quote(s); q != `"`+s+`"` {
		return q
	}
	return s
}

func quantizeCommand() *cobra.Command {
	var out string
	var samples int
	c := &cobra.Command{
		Use:   "quantize MODEL -o OUT",
		Short: "Make an int8 model, integer from the latent to the pixel",
		Long: `Quantize calibrates the generator on its own latents and rewrites it into integer operations: 8-bit weights and
activations, 32-bit sums, no floating point. It prints what that costs, layer by layer.`,
		Example: "  gannet quantize runs/digits/generator.safetensors -o digits-int8.safetensors",
		Args:    exactly(1, "MODEL"),
	}
	c.Flags().StringVarP(&out, "output", "o", "", "the file to write")
	c.Flags().IntVar(&samples, "samples", 1024, "latents to calibrate on")
	c.RunE = func(c *cobra.Command, args []string) error {
		if out == "" {
			return usagef("quantize: -o OUT is needed")
		}
		if samples < 16 || samples > 1<<16 {
			return usagef("quantize: --samples %d; want 16 to 65536", samples)
		}
		_, report, err := quantizeFile(args[0], out, samples)
		if err != nil {
			return err
		}
		fmt.Fprint(c.OutOrStdout(), report)
		return nil
	}
	return c
}

// quantizeFile quantizes one file into another, with the hashes of its samples.
func quantizeFile(in, out string, samples int) (*model.Model, *quant.Report, error) {
	m, err := model.Load(in)
	if err != nil {
		return nil, nil, err
	}
	defer m.Close()
	pool := allThreads(0)
	defer pool.Close()
	q, report, err := quant.Quantize(m, quant.Options{CalibrationSamples: samples, Pool: pool})
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", in, err)
	}
	hash, err := sample.Hash(q, sample.Seeds(0, 63), pool)
	if err != nil {
		return nil, nil, err
	}
	q.Meta.Hashes = []model.SampleHash{{From: 0, To: 63, SHA256: hash}}
	return q, report, model.Save(out, q)
}
