package bench

import (
	"encoding/binary"
	"fmt"

	"github.com/gannet-ml/gannet/kernels"
)

// resampleBenchers are resampling and pooling, forwards and backwards, on batches of about a megabyte, against a copy of
// as many bytes.
func resampleBenchers() []bencher {
	w22 := kernels.Window{Size: 2, Stride: 2}
	w31 := kernels.Window{Size: 3, Stride: 2, Pad: 1}
	var bs []bencher
	for _, k := range []struct {
		name string
		r    kernels.Resample
	}{
		{"nearest_up", kernels.Resample{Kind: kernels.NearestUp, Factor: 2}},
		{"nearest_down", kernels.Resample{Kind: kernels.NearestDown, Factor: 2}},
		{"smooth_up", kernels.Resample{Kind: kernels.SmoothUp}},
		{"smooth_down", kernels.Resample{Kind: kernels.SmoothDown}},
		{"avg_pool2", kernels.Resample{Kind: kernels.AvgPool, Rows: w22, Cols: w22}},
		{"avg_pool3s2", kernels.Resample{Kind: kernels.AvgPool, Rows: w31, Cols: w31}},
		{"max_pool2", kernels.Resample{Kind: kernels.MaxPool, Rows: w22, Cols: w22}},
		{"max_pool3s2", kernels.Resample{Kind: kernels.MaxPool, Rows: w31, Cols: w31}},
		{"shuffle", kernels.Resample{Kind: kernels.PixelShuffle, Factor: 2}},
		{"unshuffle", kernels.Resample{Kind: kernels.PixelUnshuffle, Factor: 2}},
	} {
		shapes := [][3]int{{4, 128, 3}, {4, 32, 64}}
		if k.r.Kind == kernels.SmoothUp || k.name == "avg_pool2" {
			shapes = append(shapes, [][3]int{{8, 128, 1}, {4, 64, 16}, {2, 16, 512}}...)
		}
		for _, s := range shapes {
			r := k.r
			r.N, r.H, r.W, r.C = s[0], s[1], s[1], s[2]
			if r.Kind == kernels.PixelShuffle {
				r.H, r.W, r.C = r.H/2, r.W/2, r.C*4
			}
			bs = append(bs, resampleBencher(k.name, r, false), resampleBencher(k.name+"_grad", r, true))
		}
	}
	return bs
}

func resampleBencher(name string, r kernels.Resample, backward bool) bencher {
	h, w, c := r.Out()
	nx, ny := r.N*r.H*r.W*r.C, r.N*h*w*c
	bytes := 4 * (nx + ny)
	if r.Kind == kernels.MaxPool {
		bytes += 4 * ny
	}
	prepare := func(p *kernels.Pool) trial {
		r := r
		x, y := values(nx, 8), make([]float32, ny)
		if r.Kind == kernels.MaxPool {
			r.Index = make([]int32, ny)
		}
		from, to := make([]byte, bytes/2), make([]byte, bytes/2)
		rivals := []rival{{name: "copy", call: "copy of as many bytes", run: func() { copy(to, from) }}}
		if !backward {
			return trial{run: func() { r.Forward(p, y, x) }, result: func() []byte { return withPlaces(y, r.Index) }, rivals: rivals}
		}
		r.Forward(nil, y, x)
		dy, dx := values(ny, 9), make([]float32, nx)
		return trial{run: func() { r.Backward(p, dx, dy) }, result: func() []byte { return bytesOf(dx) }, rivals: rivals}
	}
	return bencher{kernel: name, shape: fmt.Sprintf("%dx%dx%dx%d", r.N, r.H, r.W, r.C), work: float64(bytes), unit: "GB/s",
		prepare: prepare}
}

// withPlaces is y and the places of its maxima.
func withPlaces(y []float32, index []int32) []byte {
	b := bytesOf(y)
	for _, i := range index {
		b = binary.LittleEndian.AppendUint32(b, uint32(i))
	}
	return b
}
