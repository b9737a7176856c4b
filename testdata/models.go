//go:build ignore

// This program makes small-f32.safetensors and small-int8.safetensors, with which the tests prove that every platform draws
// the same pictures: the preset "digits" with narrow networks. Run it in this folder.
package main

import (
	"context"
	"log"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/gannet-ml/gannet/data/digits"
	"github.com/gannet-ml/gannet/gan"
)

func main() {
	p, err := gan.Lookup("digits")
	if err != nil {
		log.Fatal(err)
	}
	p.G.Hidden, p.D.Hidden = []int{64, 128}, []int{256, 64}
	dir, err := os.MkdirTemp("", "models")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	train, _ := digits.Load()
	res, err := gan.Train(context.Background(), gan.Options{Preset: p, Steps: 4000, OutDir: filepath.Join(dir, "run"), Data: train,
		Progress: func(p gan.Progress) { log.Printf("step %d: loss D %.3f, G %.3f", p.Step, p.LossD, p.LossG) }})
	if err != nil {
		log.Fatal(err)
	}
	b, err := os.ReadFile(res.Generator)
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile("small-f32.safetensors", b, 0o644); err != nil {
		log.Fatal(err)
	}
	cmd := exec.Command("go", "run", "../cmd/gannet", "quantize", "small-f32.safetensors", "-o", "small-int8.safetensors")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		log.Fatal(err)
	}
}
