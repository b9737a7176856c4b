//go:build ignore

// This program picks the embedded digits: of each class the first 900 of MNIST's training set and the first 50 of its test
// set, in the order of the database.
package main

import (
	"compress/gzip"
	"encoding/binary"
	"log"
	"os"

	"github.com/gannet-ml/gannet/data"
)

func main() {
	train, test, err := data.MNIST("")
	if err != nil {
		log.Fatal(err)
	}
	pick("train", train, 900)
	pick("test", test, 50)
}

func pick(name string, s *data.Set, perClass int) {
	var pix, lab []byte
	var count [10]int
	for i, l := range s.Labels {
		if count[l] < perClass {
			count[l]++
			pix, lab = append(pix, s.Image(i)...), append(lab, l)
		}
	}
	write(name+"-images.idx.gz", []uint32{uint32(len(lab)), 28, 28}, pix)
	write(name+"-labels.idx.gz", []uint32{uint32(len(lab))}, lab)
}

func write(path string, dims []uint32, b []byte) {
	f, err := os.Create(path)
	if err != nil {
		log.Fatal(err)
	}
	z, _ := gzip.NewWriterLevel(f, gzip.BestCompression)
	head := []byte{0, 0, 8, byte(len(dims))}
	for _, d := range dims {
		head = binary.BigEndian.AppendUint32(head, d)
	}
	z.Write(head)
	z.Write(b)
	if err := z.Close(); err != nil {
		log.Fatal(err)
	}
	if err := f.Close(); err != nil {
		log.Fatal(err)
	}
}
