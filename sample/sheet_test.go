package sample

import (
	"bytes"
	"image"
	"image/color"
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
	if Sheet(&b, make([]uint8, 20), 2, 2, 5, 1, 1) == nil || Sheet(&b, nil, 2, 2, 1, 1, 1) == nil {
		t.Error("a sheet of nothing, or of five channels, was drawn")
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

// TestAlpha: a sheet is drawn on white, a picture keeps its transparency.
func TestAlpha(t *testing.T) {
	for c, pix := range [][]uint8{2: {200, 102}, 3: {200, 100, 50}, 4: {200, 100, 50, 102}} {
		if pix == nil {
			continue
		}
		var b bytes.Buffer
		if err := Sheet(&b, pix, 1, 1, c, 1, 1); err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(&b)
		if err != nil {
			t.Fatal(err)
		}
		r, _, _, a := img.At(2, 2).RGBA()
		want := uint32(233) // 255 - 55*102/255
		if c == 3 {
			want = 200
		}
		if r>>8 != want || a>>8 != 255 {
			t.Errorf("%d channels on a sheet: red %d, alpha %d; want %d, 255", c, r>>8, a>>8, want)
		}
		b.Reset()
		if err := Picture(&b, pix, 1, 1, c); err != nil {
			t.Fatal(err)
		}
		if img, err = png.Decode(&b); err != nil {
			t.Fatal(err)
		}
		if got := color.NRGBAModel.Convert(img.At(0, 0)).(color.NRGBA); got.R != 200 || c != 3 && got.A != 102 || c == 3 && got.A != 255 {
			t.Errorf("%d channels: %v", c, got)
		}
	}
}
