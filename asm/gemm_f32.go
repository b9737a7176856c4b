package asm

// BlockF32 is a block of a matrix product: what a GEMM kernel gets. Distances are in floats.
type BlockF32 struct {
	KC, Rows, Cols int // all positive; Cols is at most the width of the kernel's tile

	A           *float32
	ARow, AStep int // from a row of A to the next, and from a step of k to the next
	APanel      int // from the rows of a tile to those of the next

	// A step of B is as many whole vectors as Cols needs, BStep floats after the one before.
	B     *float32
	BStep int

	// If not nil: where the kernel lays the steps of B without gaps, at the width of its tile, to read them there from the
	// second tile on. It asks for a tile's number of rows or more, and for all columns.
	Copy *float32

	C    *float32
	CRow int

	Sum    *float32 // if not nil: added to the product
	SumRow int
	Old    int      // 1: C itself is added then
	Bias   *float32 // if not nil: Cols floats, added to every row then
	Act    int      // at last: nothing, or max(x, 0) (1), or x > 0 ? x : Slope*x (2)
	Slope  float32

	// Rows of a tile's width that will be needed soon, AheadStep floats apart. They are prefetched and need not be memory of
	// the program: one for every 8 steps of each of the first AheadTiles tiles, or, in a tile of few rows, for every step.
	Ahead      *float32
	AheadStep  int
	AheadTiles int
}
