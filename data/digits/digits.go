// Package digits embeds real handwritten digits: 9,000 for training and 500 for testing, as many of each class, from the
// MNIST database (LeCun, Cortes, Burges). See README.md for how they were picked.
package digits

import (
	_ "embed"
	"strings"

	"github.com/gannet-ml/gannet/data"
)

//go:generate go run gen.go

var (
	//go:embed train-images.idx.gz
	trainImages string
	//go:embed train-labels.idx.gz
	trainLabels string
	//go:embed test-images.idx.gz
	testImages string
	//go:embed test-labels.idx.gz
	testLabels string
)

// Load returns the training and the test digits, 28 x 28 x 1.
func Load() (train, test *data.Set) {
	return load(trainImages, trainLabels), load(testImages, testLabels)
}

func load(images, labels string) *data.Set {
	dims, pix, err := data.ReadIDX(strings.NewReader(images))
	if err != nil {
		panic("digits: the embedded images are damaged: " + err.Error())
	}
	_, lab, err := data.ReadIDX(strings.NewReader(labels))
	if err != nil {
		panic("digits: the embedded labels are damaged: " + err.Error())
	}
	return &data.Set{N: dims[0], H: dims[1], W: dims[2], C: 1, Images: pix, Labels: lab}
}
