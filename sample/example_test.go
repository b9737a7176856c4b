package sample_test

import (
	"fmt"
	"os"

	"github.com/gannet-ml/gannet/model"
	"github.com/gannet-ml/gannet/sample"
)

// A program can carry its model: with
//
//	//go:embed small-int8.safetensors
//	var file []byte
//
// in place of os.ReadFile this needs no file. See examples/embedded.
func Example() {
	file, err := os.ReadFile("../testdata/small-int8.safetensors")
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := model.Decode(file)
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := sample.New(m, 16, nil) // 16 pictures at a time, on this goroutine
	if err != nil {
		fmt.Println(err)
		return
	}
	pix := make([]uint8, 64*s.Size())
	s.Sample(pix, sample.Seeds(0, 63)) // into the caller's buffer, without allocating
	fmt.Println(m.Meta.Image, sample.HashPixels(pix))
	// Output: [28 28 1] 3f836b5f8e2bbaebe62838f43e6549fb712f1d96e6ec805be8fa5c9111e42024
}
