package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"image"
	"image/color"
	"image/png"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/gan"
	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/model"
	"github.com/gannet-ml/gannet/quant"
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
		seeds = append(seeds, gan.Seeds(from, to)...)
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
		s, err := gan.NewSampler(m, min(batch, len(seeds)), pool)
		if err != nil {
			return err
		}
		pix := make([]uint8, len(seeds)*s.Size())
		s.Sample(pix, seeds)
		img := m.Meta.Image
		if out != "" {
			if err := writeSheet(out, pix, img, len(seeds)); err != nil {
				return err
			}
		}
		if outDir != "" {
			if err := os.MkdirAll(outDir, 0o755); err != nil {
				return err
			}
			for i, seed := range seeds {
				path := filepath.Join(outDir, fmt.Sprintf("seed%06d.png", seed))
				if err := writePicture(path, pix[i*s.Size():][:s.Size()], img); err != nil {
					return err
				}
			}
		}
		if raw != "" {
			if err := model.Atomically(raw, func(w io.Writer) error { _, err := w.Write(pix); return err }); err != nil {
				return err
			}
		}
		if hash {
			fmt.Fprintln(c.OutOrStdout(), gan.HashPixels(pix))
		}
		return nil
	}
	return c
}

// writeSheet writes a square contact sheet.
func writeSheet(path string, pix []uint8, img [3]int, n int) error {
	cols := 1
	for cols*cols < n {
		cols++
	}
	scale := max(1, min(3, 128/img[0]))
	return model.Atomically(path, func(w io.Writer) error { return data.Sheet(w, pix, img[0], img[1], img[2], cols, scale) })
}

func writePicture(path string, pix []uint8, dims [3]int) error {
	h, w, c := dims[0], dims[1], dims[2]
	var img image.Image
	switch c {
	case 1:
		img = &image.Gray{Pix: pix, Stride: w, Rect: image.Rect(0, 0, w, h)}
	case 3:
		rgba := image.NewRGBA(image.Rect(0, 0, w, h))
		for i := range h * w {
			rgba.SetRGBA(i%w, i/w, color.RGBA{pix[3*i], pix[3*i+1], pix[3*i+2], 255})
		}
		img = rgba
	default:
		return fmt.Errorf("%s: pictures of %d channels; 1 and 3 can be written as PNG (--raw writes any)", path, c)
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
			if err := gan.Verify(m, pool); err != nil {
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
	var plan bool
	var batch int
	c := &cobra.Command{
		Use:     "inspect MODEL",
		Short:   "Say what a model is made of",
		Example: "  gannet inspect model.safetensors\n  gannet inspect model.safetensors --plan --batch 16",
		Args:    exactly(1, "MODEL"),
	}
	c.Flags().BoolVar(&plan, "plan", false, "print the compiled program: steps, memory, operations")
	c.Flags().IntVar(&batch, "batch", 1, "batch of the plan")
	c.RunE = func(c *cobra.Command, args []string) error {
		m, err := model.Load(args[0])
		if err != nil {
			return err
		}
		defer m.Close()
		w := c.OutOrStdout()
		meta, err := json.MarshalIndent(m.Meta, "", "  ")
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\n", meta)
		for _, t := range model.Tensors(m.Weights) {
			fmt.Fprintf(w, "%-16s %-6v %v\n", t.Name, t.DType, t.Shape)
		}
		fmt.Fprintf(w, "weights: %d bytes\n", m.Weights.Bytes())
		if plan {
			if batch < 1 || batch > 1<<12 {
				return usagef("inspect: --batch %d; want 1 to 4096", batch)
			}
			s, err := gan.NewSampler(m, batch, nil)
			if err != nil {
				return err
			}
			fmt.Fprint(w, s.Plan())
		}
		return nil
	}
	return c
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
	hash, err := gan.Hash(q, gan.Seeds(0, 63), pool)
	if err != nil {
		return nil, nil, err
	}
	q.Meta.Hashes = []model.SampleHash{{From: 0, To: 63, SHA256: hash}}
	return q, report, model.Save(out, q)
}
