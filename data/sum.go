package data

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

type sum = [sha256.Size]byte

// Sum returns a SHA-256, in hexadecimal digits, of all that a training run sees of a source: the sizes, and each picture with
// its label, in their order. Where the source was read from and how much of it lies in memory change nothing. It is empty for
// sources that are not of this package.
func Sum(src Source) string {
	var each []sum
	switch s := src.(type) {
	case *Dataset:
		return Sum(s.Source)
	case *Set:
		each = s.sums()
	case *Stacked:
		each = s.digits.sums()
	case *pictures:
		each = s.sums
	default:
		return ""
	}
	in, h := src.Info(), sha256.New()
	fmt.Fprintln(h, in.N, in.H, in.W, in.C, in.Classes)
	for _, s := range each {
		h.Write(s[:])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// sums are those of the pictures of a set.
func (s *Set) sums() []sum {
	each, pix := make([]sum, s.N), make([]uint8, s.Size()+1)
	for i := range each {
		copy(pix, s.Image(i))
		if s.Labels != nil {
			pix[len(pix)-1] = s.Labels[i]
		}
		each[i] = sha256.Sum256(pix)
	}
	return each
}
