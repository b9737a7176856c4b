// Command curve draws the scores that paper-mnist.sh printed:
//
//	go run ./docs/results/curve SCORES.jsonl OUT.png
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
	if len(os.Args) != 3 {
		log.Fatal("usage: curve SCORES.jsonl OUT.png")
	}
	f, err := os.Open(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	ours, real := data.Curve{Name: "generator"}, data.Curve{Name: "real digits"}
	for d := json.NewDecoder(f); ; {
		var line struct {
			Epoch float64
			Score struct{ Model, Real gan.ParzenResult }
		}
		if err := d.Decode(&line); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			log.Fatalf("%s: %v", os.Args[1], err)
		}
		ours.X, ours.Y = append(ours.X, line.Epoch), append(ours.Y, line.Score.Model.LogLikelihood)
		real.X, real.Y = append(real.X, line.Epoch), append(real.Y, line.Score.Real.LogLikelihood)
	}
	err = model.Atomically(os.Args[2], func(w io.Writer) error {
		return data.Curves(w, "Parzen window estimate, nats", "epoch", ours, real)
	})
	if err != nil {
		log.Fatal(err)
	}
}
