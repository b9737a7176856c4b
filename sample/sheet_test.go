package sample

import (
	"bytes"
	"image"
	"image/png"
	"testing"
)

func TestSheet(t *testing.T) {
	var b bytes.Buffer
	if err := Sheet(&b, make([]uint8, 5*4*6*3), 4, 6, 3, 3, 2); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&b)
	if err != nil || img.Bounds().Dx() != 3*14+2 || img.Bounds().Dy() != 2*10+2 {
		t.Errorf("%v, %v", img.Bounds(), err)
	}
	if Sheet(&b, make([]uint8, 8), 2, 2, 2, 1, 1) == nil || Sheet(&b, nil, 2, 2, 1, 1, 1) == nil {
		t.Error("a sheet of nothing, or of two channels, was drawn")
	}
	if CheckSheet(1<<20, 28, 28, 1, 1<<10, 3) == nil || CheckSheet(1<<30, 1<<30, 1<<30, 3, 1<<15, 1) == nil {
		t.Error("a giant sheet was accepted")
	}
	b.Reset()
	if err := Sheet(&b, []uint8{1, 2, 3, 4}, 2, 2, 1, 1, 1); err != nil {
		t.Fatal(err)
	}
	gray, err := png.Decode(&b)
	if err != nil || gray.(*image.Gray).GrayAt(2, 3).Y != 3 || gray.(*image.Gray).GrayAt(0, 0).Y != 0x40 {
		t.Errorf("%v, %v", gray, err)
	}
}
