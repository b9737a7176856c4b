// Package zst compresses models for shipping, and takes what arrives apart again. It is apart from package model because a
// device that only samples has no need of it.
package zst

import (
	"errors"
	"fmt"
	"math"

	"github.com/klauspost/compress/zstd"
)

// Compress returns one zstd frame that says how long its content is, with a checksum. The same bytes give the same frame.
func Compress(b []byte) ([]byte, error) {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1),
		zstd.WithSingleSegment(true))
	if err != nil {
		return nil, err
	}
	defer e.Close()
	return e.EncodeAll(b, nil), nil
}

// leastMemory is what the decoder may fill whatever a frame says: it has a smallest window.
const leastMemory = 1 << 16

// checkSize reports content of more bytes than are allowed, or than an int counts, which on 32 bits may be fewer.
func checkSize(size uint64, most, largest int64) error {
	if most = max(0, min(most, largest)); size > uint64(most) {
		return fmt.Errorf("zstd: %d bytes of content, %d are allowed", size, most)
	}
	return nil
}

// Decompress returns the content of a frame, which must say how long that is: no more than most bytes are ever allocated for
// it.
func Decompress(b []byte, most int64) ([]byte, error) {
	var h zstd.Header
	if err := h.Decode(b); err != nil {
		return nil, fmt.Errorf("zstd: %w", err)
	}
	if h.Skippable || !h.HasFCS {
		return nil, errors.New("zstd: the frame does not say how long its content is")
	}
	if err := checkSize(h.FrameContentSize, most, math.MaxInt); err != nil {
		return nil, err
	}
	size := int(h.FrameContentSize)
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(max(leastMemory, uint64(size))))
	if err != nil {
		return nil, err
	}
	defer d.Close()
	out, err := d.DecodeAll(b, make([]byte, 0, size))
	if err != nil {
		return nil, fmt.Errorf("zstd: %w", err)
	}
	if len(out) != size {
		return nil, fmt.Errorf("zstd: %d bytes of content, the frame says %d", len(out), size)
	}
	return out, nil
}
