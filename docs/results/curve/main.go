// Command curve draws the scores that paper-mnist.sh printed, and those of paper-mnist_torch.py if they are given:
//
//	go run ./docs/results/curve SCORES.jsonl OUT.png [TORCH.jsonl]
package main

import (
	"encoding/json"
	"errors"
	"io"
	"log"
	"os"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/gan"
	"github.com/gannet-ml/gannet/model"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) < 3 || len(os.Args) > 4 {
		log.Fatal("usage: curve SCORES.jsonl OUT.png [TORCH.jsonl]")
	}
	ours, real := data.Curve{Name: "generator"}, data.Curve{Name: "real digits"}
	each(os.Args[1], func(line struct {
		Epoch float64
		Score struct{ Model, Real gan.ParzenResult }
	}) {
		ours.X, ours.Y = append(ours.X, line.Epoch), append(ours.Y, line.Score.Model.LogLikelihood)
		real.X, real.Y = append(real.X, line.Epoch), append(real.Y, line.Score.Real.LogLikelihood)
	})
	curves := []data.Curve{ours, real}
	if len(os.Args) == 4 {
		torch := data.Curve{Name: "the recipe in PyTorch"}
		each(os.Args[3], func(line struct {
			Epoch float64
			gan.ParzenResult
		}) {
			torch.X, torch.Y = append(torch.X, line.Epoch), append(torch.Y, line.LogLikelihood)
		})
		curves = append(curves, torch)
	}
	err := model.Atomically(os.Args[2], func(w io.Writer) error {
		return data.Curves(w, "Parzen window estimate, nats", "epoch", curves...)
	})
	if err != nil {
		log.Fatal(err)
	}
}

// each decodes the JSON objects of a file.
func each[T any](path string, f func(T)) {
	file, err := os.Open(path)
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	for d := json.NewDecoder(file); ; {
		var line T
		if err := d.Decode(&line); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			log.Fatalf("%s: %v", path, err)
		}
		f(line)
	}
}
