package gan

// Rows is an endless source of rows of numbers, for games about points and tables instead of pictures.
type Rows interface {
	Dim() int // numbers in a row
	// Draw sets dst to rows first, first+1, ... of those that belong to a seed.
	Draw(dst []float32, first, seed uint64)
}
