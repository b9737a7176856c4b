package data

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// MaxIDX bounds the bytes of data that an idx file may declare: 1 GiB, a quarter of it on 32-bit machines.
const MaxIDX = 1 << (28 + 2*(^uint(0)>>63))

// ReadIDX reads an idx file of unsigned bytes (LeCun's format: 0, 0, 8, the number of dimensions, big-endian dimensions,
// the data), compressed with gzip or not. It accepts one to three dimensions and refuses data that is shorter or longer
// than declared.
func ReadIDX(r io.Reader) (dims []int, data []byte, err error) {
	br := bufio.NewReader(r)
	if magic, _ := br.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(br)
		if err != nil {
			return nil, nil, fmt.Errorf("idx: gzip: %w", err)
		}
		br = bufio.NewReader(z)
	}
	var head [4]byte
	if _, err := io.ReadFull(br, head[:]); err != nil {
		return nil, nil, fmt.Errorf("idx: header: %w", err)
	}
	if head[0] != 0 || head[1] != 0 || head[2] != 8 || head[3] < 1 || head[3] > 3 {
		return nil, nil, fmt.Errorf("idx: header % x: want 00 00 08 and 1 to 3 dimensions", head)
	}
	size := int64(1)
	for i := range int(head[3]) {
		var d [4]byte
		if _, err := io.ReadFull(br, d[:]); err != nil {
			return nil, nil, fmt.Errorf("idx: dimension %d: %w", i, err)
		}
		n := int64(binary.BigEndian.Uint32(d[:]))
		if n == 0 || n > MaxIDX/size {
			return nil, nil, fmt.Errorf("idx: dimension %d is %d: the data would have none or more than %d bytes", i, n, MaxIDX)
		}
		size *= n
		dims = append(dims, int(n))
	}
	// Read in growing pieces: a lying header must not cost more memory than the file has.
	var buf bytes.Buffer
	n, err := io.CopyN(&buf, br, size)
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, nil, fmt.Errorf("idx: %d of %d bytes of data: %w", n, size, err)
	}
	if _, err := br.ReadByte(); err == nil {
		return nil, nil, fmt.Errorf("idx: more than the %d bytes of data declared", size)
	} else if err != io.EOF { // the checksum
		return nil, nil, fmt.Errorf("idx: after %d bytes of data: %w", size, err)
	}
	return dims, buf.Bytes(), nil
}

// LoadIDX reads a set from a file of images [N, H, W] and one of labels [N].
func LoadIDX(images, labels string) (*Set, error) {
	load := func(path string, rank int) ([]int, []byte, error) {
		f, err := os.Open(path)
		if err != nil {
			return nil, nil, err
		}
		defer f.Close()
		dims, b, err := ReadIDX(f)
		if err == nil && len(dims) != rank {
			err = fmt.Errorf("idx: %d dimensions, want %d", len(dims), rank)
		}
		if err != nil {
			err = fmt.Errorf("%s: %w", path, err)
		}
		return dims, b, err
	}
	dims, pix, err := load(images, 3)
	if err != nil {
		return nil, err
	}
	n, lab, err := load(labels, 1)
	if err != nil {
		return nil, err
	}
	if n[0] != dims[0] {
		return nil, fmt.Errorf("%s: %d labels for %d images", labels, n[0], dims[0])
	}
	return &Set{N: dims[0], H: dims[1], W: dims[2], C: 1, Images: pix, Labels: lab}, nil
}
