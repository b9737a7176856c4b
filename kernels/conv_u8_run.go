package kernels

import (
	"slices"
	"unsafe"
)

// convU8Kernels is what a tier brings to the integer convolution beside its gemmU8Kernels, which pack and open the weights and
// finish the sums.
type convU8Kernels struct {
	// direct reads rows where they lie in the copy of the source; nil: they are gathered for gemmU8Kernels.tile.
	direct *convU8Direct

	depth convU8Depth
	thin  *convU8Thin // nil: blocks of pixels do

	depth3 *convU8Depth3 // nil: depth does

	// finish requantizes rows of n sums, width sums apart, to the places in out that off says.
	finish func(u *gemmU8Kernels, out []uint8, off []int, acc []int32, width, rows, n int, q *requant)
}

// convU8Direct is a tile whose left operand is read where it lies.
type convU8Direct struct {
	elem  int // bytes of an element of the copy, of which widen makes some
	widen func(dst []byte, src []uint8)

	// tile sets c, 4 bytes x width a row, to bias plus the sums over the steps of nseg segments, for tiles of mr rows one below
	// another. Row i begins aOff[i] bytes after a, a segment segs[3s] bytes further; it has segs[3s+1] > 0 steps of 4 values,
	// and they are those of b from segs[3s+2] on.
	tile func(tiles, width int, a *byte, aOff *int, segs *int, nseg int, b *byte, bias, c *int32)

	// closed is tile on a panel that was not opened, for up to as many tiles as gemmU8Kernels says.
	closed func(tiles, width int, a *byte, aOff *int, segs *int, nseg int, b *byte, bias, c *int32)

	// pair is tile for two groups of pairCols columns, the second of which sees what lies apart bytes further; nil: groups are merged.
	pair func(tiles int, a *byte, apart int, aOff *int, segs *int, nseg int, b *byte, bias, c *int32)
}

const pairCols = 8

// convU8Depth3 computes lines of bytes of depthwise layers of 3x3 taps and stride 1 at once.
type convU8Depth3 struct {
	bytes func(p *convU8Plan) int       // of what pack returns of a layer with a Mult
	pack  func(p *PackedConvU8) []byte  // constants of a layer, or nil for another one
	run   func(r *convU8State, p *Pool) // of a layer that has them

	prepare func(r *convU8State, p *Pool) // what run allocates
}

// elem is the bytes of an element of the copy of the source.
func (k *convU8Kernels) elem() int {
	if k.direct == nil {
		return 1
	}
	return k.direct.elem
}

// convU8Gather is the kernels of a tier without a tile of its own.
var convU8Gather = convU8Kernels{depth: convU8DepthGeneric, finish: convU8FinishRuns}

func copyU8(dst []byte, src []uint8) { copy(dst, src) }

// convU8FinishRuns finishes rows that follow each other at equal distances at a time.
func convU8FinishRuns(u *gemmU8Kernels, out []uint8, off []int, acc []int32, width, rows, n int, q *requant) {
	for i := 0; i < rows; {
		end, step := i+1, n
		if end < rows && off[end] > off[i] {
			for step = off[end] - off[i]; end < rows && off[end]-off[end-1] == step; {
				end++
			}
		}
		u.requant(out[off[i]:], step, acc[i*width:], width, end-i, n, q)
		i = end
	}
}

// convU8State is a ConvU8 in progress: units, some lines of rows of a picture or all rows of some pictures, are computed by
// themselves, each from a copy of what it sees.
type convU8State struct {
	c      *ConvU8
	t      *tier
	packed *PackedConvU8
	repack *PackedConvU8 // of a layer that was packed for another tier
	in     []uint8       // the source, of elements of so many bytes
	size   int
	gemm   GemmU8
	planes *wordPlanes // of a Wide layer without a product of words

	n, threads             int
	planned                *PackedConvU8 // what the following is made for
	pictures, lines        int           // of a unit
	unitsPerPicture, units int
	picture                int          // bytes of a copied picture
	rows                   []convU8Rows // of the products in a unit, and in the last one if that has fewer pictures
	splits                 int          // parts that the items are divided into

	scratch chan *convU8Scratch
	made    int
	fitted  chan *convU8Scratch // whose scratches hold what was planned
	slide   Task                // a convU8Depth3 at work
}

// convU8Rows is where the rows of a product begin, in the copy and in the result of a unit: pictures, lines and pixels, or
// rows that see the same taps together, so that almost every tile leaves out those that its rows do not see.
type convU8Rows struct {
	aOff, outOff []int // aOff in whole tiles
	runs         []convU8Run
}

// convU8Run is successive tiles with the same set of taps. A tile of rows that see different taps has all.
type convU8Run struct{ row, rows, set int }

// convU8Scratch is what a thread at work needs.
type convU8Scratch struct {
	acc     [maxTileU8]int32
	bytes   [maxTileU8]uint8
	words   [maxTileU8]int16
	copy    []byte // of the source
	zeros   []byte // a line of zero points
	zerosOf *PackedConvU8
	line    []byte  // of the source, where lanes are not columns
	sums    []int32 // of some lines, where lanes are pixels
	gather  []byte  // rows of a tile
	packedA []byte
	wide    []byte // an opened panel
	q       requant
}

const (
	unitBytesU8 = 192 << 10 // bytes of a copy: it stays in L2 with a panel of weights
	unitRowsU8  = 256       // rows of a unit that are enough
	laneChunk   = 1 << 14   // tiles times steps of one call: 100 microseconds at most
	beyondU8    = 16 * 8    // bytes beyond a copy that a last step may reach
)

// smallConvU8 is how many nanoseconds, for a fast core, are not worth a second thread. A test lowers it.
var smallConvU8 float64 = smallU8

// Prepare allocates what Run does on the same Packed, N, tier and pool.
func (c *ConvU8) Prepare(p *Pool) {
	if c.N <= 0 {
		return
	}
	switch r := c.start(); {
	case r.planes != nil:
		r.planes.prepare(c, r.packed, r.t, p)
	case r.packed.gemm:
		r.product()
		r.gemm.start(p)
	case r.slides():
		r.t.convU8.depth3.prepare(r, p)
	default:
		r.prepare(p)
	}
}

// Run computes c. It allocates only where neither Prepare nor an earlier Run of c has had the same Packed, N, tier and pool.
func (c *ConvU8) Run(p *Pool) {
	if c.Packed == nil || c.N < 0 {
		panic("kernels: ConvU8: no Packed, or a negative N")
	}
	l := &c.Packed.layer
	in, out := l.Sizes(c.N)
	switch {
	case l.Wide && len(c.In16) < in, !l.Wide && len(c.In) < in, c.Out32 != nil && len(c.Out32) < out,
		c.Out32 == nil && c.Out16 != nil && len(c.Out16) < out, c.Out32 == nil && c.Out16 == nil && len(c.Out) < out:
		panic("kernels: ConvU8: In or Out is too short")
	case c.Out32 == nil && l.Mult == nil:
		panic("kernels: ConvU8: bytes and words need a Mult and a Shift")
	case l.Wide && c.Out32 == nil && c.Out16 == nil:
		panic("kernels: ConvU8: a Wide layer makes words or sums")
	}
	if c.N == 0 {
		return
	}
	switch r := c.start(); {
	case r.planes != nil:
		r.planes.run(c, r.packed, r.t, p)
	case r.packed.gemm:
		r.product()
		r.gemm.Run(p)
	case r.slides():
		r.t.convU8.depth3.run(r, p)
	default:
		p = r.prepare(p)
		p.Run(r.units*r.splits, r)
	}
}

// start sets up what every way to compute c begins with.
func (c *ConvU8) start() *convU8State {
	r, l := &c.run, &c.Packed.layer
	r.c, r.t, r.packed = c, active.Load().of(l), c.Packed
	if r.packed.tier != r.t {
		if r.repack == nil || r.repack.tier != r.t || !r.repack.is(c.Packed) {
			r.repack = packConvU8(*l, r.t, nil)
		}
		r.packed = r.repack
	}
	if !l.Wide || r.t.u8.words {
		r.planes = nil
	} else if r.planes == nil {
		r.planes = new(wordPlanes)
	}
	r.in, r.size = c.In, 1
	if l.Wide {
		r.in, r.size = asBytes(c.In16), 2
	}
	return r
}

// slides says that the layer goes by depth3 here.
func (r *convU8State) slides() bool {
	return r.packed.depth3 != nil && r.c.Out32 == nil && r.c.Out16 == nil
}

// enough returns the pool, or nil if one thread is enough.
func (r *convU8State) enough(p *Pool) *Pool {
	if r.packed.layer.work(r.c.N) < smallConvU8 {
		return nil
	}
	return p
}

// is says that p and q are the same layer.
func (p *PackedConvU8) is(q *PackedConvU8) bool {
	return p == q || p.layer.ConvShape == q.layer.ConvShape && p.layer.Role == q.layer.Role && p.layer.Table == q.layer.Table &&
		unsafe.SliceData(p.layer.Weights) == unsafe.SliceData(q.layer.Weights) &&
		unsafe.SliceData(p.layer.Bias) == unsafe.SliceData(q.layer.Bias) &&
		unsafe.SliceData(p.layer.Mult) == unsafe.SliceData(q.layer.Mult) &&
		unsafe.SliceData(p.layer.Shift) == unsafe.SliceData(q.layer.Shift) &&
		p.layer.InZero == q.layer.InZero && p.layer.Zero == q.layer.Zero && p.layer.Lo == q.layer.Lo && p.layer.Hi == q.layer.Hi &&
		p.layer.Wide == q.layer.Wide && p.layer.Words == q.layer.Words
}

// work is about how many nanoseconds n pictures take a fast core.
func (l *ConvU8Layer) work(n int) float64 {
	s := l.normal()
	per := float64(s.KH) * float64(s.KW) * float64(s.Cin/s.Groups) * float64(s.Cout)
	return float64(n) * float64(s.OH*s.OW) * per / 256
}

// product sets up a layer that is a plain product.
func (r *convU8State) product() {
	c, l, m, g := r.c, &r.packed.layer, &r.packed.mats[0], &r.gemm
	g.M, g.N, g.K, g.B = c.N*l.OH*l.OW, m.b.n, m.b.k, m.b
	g.a16 = c.In16[:min(len(c.In16), g.M*g.K)]
	if !l.Wide {
		g.a16 = nil
	}
	g.A, g.Lda, g.C, g.C16, g.C32, g.Ldc, g.Words = c.In, g.K, c.Out, c.Out16, c.Out32, g.N, l.Words
	g.Bias, g.Mult, g.Shift, g.Zero, g.Lo, g.Hi, g.Table = m.bias[0][:g.N], m.mult, m.shift, l.Zero, l.Lo, l.Hi, l.Table
}

// prepare lays out the work for a pool, which it returns, or for one thread if that is enough.
func (r *convU8State) prepare(p *Pool) *Pool {
	p = r.enough(p)
	threads := p.Threads()
	if r.planned == r.packed && r.n == r.c.N && r.threads == threads && r.fitted == r.scratch {
		return p
	}
	r.divide(threads)
	r.scratches(threads)
	for range r.made {
		s := <-r.scratch
		r.fit(s)
		r.scratch <- s
	}
	r.fitted = r.scratch
	return p
}

// scratches makes a scratch for each thread.
func (r *convU8State) scratches(threads int) {
	if cap(r.scratch) < threads {
		r.scratch, r.made = make(chan *convU8Scratch, threads), 0
	}
	for ; r.made < threads; r.made++ {
		r.scratch <- new(convU8Scratch)
	}
}

// fit makes the slices of a scratch as long as any unit takes.
func (r *convU8State) fit(s *convU8Scratch) {
	p, u := &r.packed.plan, &r.t.u8
	longer(&s.copy, r.pictures*r.picture+beyondU8)
	longer(&s.zeros, p.zeroBytes())
	switch {
	case p.lanes:
		longer(&s.line, p.lineBytes(&r.t.convU8.depth, r.size))
		if p.thin != nil {
			plane, planes := p.thinSums()
			if n := plane*(planes+p.thin.period) + 8; len(s.sums) < n {
				s.sums = make([]int32, n)
			}
		}
		return
	case r.t.convU8.direct == nil:
		longer(&s.packedA, roundUp(r.rowsAtMost(), u.mr)*r.depthAtMost()/4*u.step)
		longer(&s.gather, u.mr*r.depthAtMost())
	}
	for i := range r.packed.mats {
		if !p.pair && r.rowsAtMost() <= u.few*u.mr {
			break
		}
		panel, _ := r.packed.mats[i].b.panel(0) // the widest
		u.open(panel, &s.wide)
	}
}

// zeroBytes is how long a line of zero points is.
func (p *convU8Plan) zeroBytes() int { return max(p.line, p.wide*p.in.c*2) }

// longer makes a slice of at least n bytes.
//
//go:noinline
func longer(s *[]byte, n int) {
	if len(*s) < n {
		*s = alignedBytes(n)
	}
}

// divide cuts the work into units and tasks and makes tables of their rows.
func (r *convU8State) divide(threads int) {
	p, n := &r.packed.plan, max(1, r.c.N)
	r.planned, r.n, r.threads = r.packed, n, threads
	nx := p.products[0].nx // the largest
	// A picture's lines, as many as make rows enough and fit; then pictures.
	r.lines = min(p.ny, max(1, (unitRowsU8+nx-1)/nx))
	for r.lines > 1 && p.tall(r.lines)*p.line > unitBytesU8 {
		r.lines--
	}
	if want := 2 * threads; p.thin != nil && threads > 1 && n < want {
		r.lines = min(r.lines, (p.ny*n+want-1)/want)
	}
	r.pictures, r.unitsPerPicture = 1, (p.ny+r.lines-1)/r.lines
	r.picture = p.tall(r.lines) * p.line
	if r.unitsPerPicture == 1 {
		r.pictures = max(1, min(n, unitRowsU8/(r.lines*nx), unitBytesU8/r.picture))
		if threads > 1 {
			r.pictures = max(1, min(r.pictures, n/(4*threads)))
		}
	}
	r.units = r.unitsPerPicture * ((n + r.pictures - 1) / r.pictures)
	r.splits = 1
	if want := 4 * threads; threads > 1 && r.units < want {
		r.splits = min(len(r.packed.items), (want+r.units-1)/r.units)
	}
	r.rows = r.rows[:0]
	r.addRows(r.pictures)
	if rest := n % r.pictures; rest > 0 {
		r.addRows(rest)
	}
}

// mr is how many rows a tile has.
func (r *convU8State) mr() int {
	if h := r.packed.plan.thin; h != nil {
		return h.rows
	}
	if r.packed.plan.lanes {
		return r.t.convU8.depth.rows
	}
	return r.t.u8.mr
}

// addRows makes the tables of units of so many pictures.
func (r *convU8State) addRows(pictures int) {
	p, mr := &r.packed.plan, r.mr()
	for i := range p.products {
		pr := &p.products[i]
		var t convU8Rows
		var sees []int // the set of each row
		y, x := []convSpan{{to: min(r.lines, pr.ny)}}, []convSpan{{to: pr.nx}}
		if apart := pr.seesY != nil && r.unitsPerPicture == 1 && pictures >= mr/2; apart {
			y, x = pr.seesY, pr.seesX
		}
		for i, sy := range y {
			for j, sx := range x {
				for m := range pictures {
					for y := sy.from; y < sy.to; y++ {
						for x := sx.from; x < sx.to; x++ {
							t.aOff = append(t.aOff, m*r.picture+y*p.stepY*p.line+x*pr.aX)
							if p.thin == nil || x == 0 { // whole lines are stored there
								t.outOff = append(t.outOff, (m*p.out.h+y*pr.outY)*p.out.w*p.out.c+x*pr.oX)
							}
							sees = append(sees, 1+i*len(pr.seesX)+j)
						}
					}
				}
			}
		}
		for row := 0; row < len(sees); row += mr {
			n := min(mr, len(sees)-row)
			set := sees[row]
			if len(y)*len(x) == 1 || set != sees[row+n-1] {
				set = 0
			}
			if m := len(t.runs); m > 0 && t.runs[m-1].set == set {
				t.runs[m-1].rows += n
			} else {
				t.runs = append(t.runs, convU8Run{row, n, set})
			}
		}
		if p.thin != nil { // tiles may begin anywhere
			t.aOff = append(t.aOff, slices.Repeat(t.aOff[len(t.aOff)-1:], mr)...)
		}
		t.aOff = wholeTiles(t.aOff, mr)
		r.rows = append(r.rows, t)
	}
}

// Do computes some items of a unit. It implements Task.
func (r *convU8State) Do(part int) {
	s := <-r.scratch
	unit, split := part/r.splits, part%r.splits
	n0, line0 := unit/r.unitsPerPicture*r.pictures, unit%r.unitsPerPicture*r.lines
	pictures := min(r.pictures, r.n-n0)
	r.copy(s, n0, pictures, line0)
	if r.packed.plan.thin != nil {
		r.thinUnit(s, n0, pictures, line0)
		r.scratch <- s
		return
	}
	items := r.packed.items
	last := -1 // the product whose rows are gathered
	for _, it := range items[split*len(items)/r.splits : (split+1)*len(items)/r.splits] {
		r.item(s, it, n0, pictures, line0, last != it.mat)
		last = it.mat
	}
	r.lookup(n0, pictures, line0)
	r.scratch <- s
}

// lookup replaces what a unit made by its entries in the table, if one thread has made all of it: pieces of rows are slower.
func (r *convU8State) lookup(n0, pictures, line0 int) {
	p, l := &r.packed.plan, &r.packed.layer
	if !r.looksUpLater() {
		return
	}
	outY := p.products[0].outY
	line := p.out.w * p.out.c
	from := (n0*p.out.h + line0*outY) * line
	to := from + min(r.lines*outY, p.out.h-line0*outY)*line
	if pictures > 1 {
		to = (n0 + pictures) * p.out.h * line
	}
	all := r.c.Out[from:to]
	r.t.u8.lookup(all, all, l.Table)
}

func (r *convU8State) looksUpLater() bool {
	return r.packed.layer.Table != nil && r.c.Out32 == nil && r.c.Out16 == nil && r.splits == 1
}

// copy copies what a unit sees of the source, with a border of zero points.
func (r *convU8State) copy(s *convU8Scratch, n0, pictures, line0 int) {
	p := &r.packed.plan
	r.zeros(s)
	zeros := s.zeros[:p.line]
	left := min(p.wide, max(0, -p.fromX))
	right := max(left, min(p.wide, p.in.w-p.fromX))
	for m := range pictures {
		to := s.copy[m*r.picture:]
		for i := range p.tall(r.lines) {
			line := to[i*p.line:][:p.line]
			y := p.fromY + line0*p.stepY + i
			if p.lanes {
				from, right := []uint8(nil), right
				if y < 0 || y >= p.in.h {
					right = left
				} else if left < right {
					from = r.source(n0+m, y, left, right)
				}
				if p.thin != nil {
					r.thinLine(s, line, from, left, right)
				} else {
					r.depthLine(s, line, from, left, right)
				}
				continue
			}
			if y < 0 || y >= p.in.h || left == right {
				copy(line, zeros)
				continue
			}
			copy(line[:left*p.pixel], zeros)
			from := r.source(n0+m, y, left, right)
			if d := r.t.convU8.direct; d != nil {
				d.widen(line[left*p.pixel:], from)
			} else {
				copy(line[left*p.pixel:], from)
			}
			copy(line[right*p.pixel:], zeros)
		}
	}
}

// zeros fills s.zeros with zero points.
func (r *convU8State) zeros(s *convU8Scratch) {
	if s.zerosOf == r.packed {
		return
	}
	p := &r.packed.plan
	s.zerosOf = r.packed
	clear(s.zeros)
	step := p.elem
	if p.lanes {
		step = 1
	}
	if p.thin != nil {
		step = r.t.convU8.depth.elem
	}
	for i := 0; i < len(s.zeros); i += step {
		s.zeros[i] = r.packed.layer.InZero
	}
}

// source is line y of a picture as the copy has it, from pixel left of that to pixel right.
func (r *convU8State) source(picture, y, left, right int) []uint8 {
	p := &r.packed.plan
	at := ((picture*p.in.h+y)*p.in.w + p.fromX + left) * p.in.c
	return r.in[at*r.size:][:(right-left)*p.in.c*r.size]
}

// item computes the columns of a panel for the rows of a unit.
func (r *convU8State) item(s *convU8Scratch, it convU8Item, n0, pictures, line0 int, gather bool) {
	p, u, m := &r.packed.plan, &r.t.u8, &r.packed.mats[it.mat]
	pr := m.product
	lines := min(r.lines, pr.ny-line0)
	if lines <= 0 {
		return
	}
	rows := &r.rows[it.mat%len(p.products)]
	if pictures < r.pictures {
		rows = &r.rows[len(p.products)+it.mat%len(p.products)]
	}
	count := pictures * lines * pr.nx
	if p.lanes {
		r.laneItem(s, m, it.col, rows, count, n0, line0, lines)
		return
	}
	panel, width := m.b.panel(it.col)
	cols := min(width, pr.n-it.col)
	depth := u.depth(pr.k)
	direct := r.t.convU8.direct
	var tile func(tiles, width int, a *byte, aOff *int, segs *int, nseg int, b *byte, bias, c *int32)
	if direct != nil {
		tile = direct.tile
	}
	if count > u.few*u.mr || p.pair {
		panel = u.open(panel, &s.wide)
	} else {
		tile = direct.closed
	}
	b := unsafe.SliceData(panel)
	if direct == nil && gather {
		r.gather(s, m, rows.aOff, count, depth)
	}
	most := max(1, min(u.chunk/max(1, pr.k), u.batch/u.mr)) * u.mr
	for _, run := range rows.runs {
		segs, bias := pr.sets[run.set].segs, &m.bias[run.set][it.col]
		for i, end := run.row, min(run.row+run.rows, count); i < end; i += most {
			n := min(most, end-i)
			tiles := (n + u.mr - 1) / u.mr
			if p.pair {
				direct.pair(tiles, &s.copy[m.from*direct.elem], p.depth*direct.elem, &rows.aOff[i], unsafe.SliceData(segs),
					len(segs)/3, b, bias, &s.acc[0])
			} else if direct != nil {
				tile(tiles, width, &s.copy[m.from*direct.elem], &rows.aOff[i], unsafe.SliceData(segs), len(segs)/3, b, bias, &s.acc[0])
			} else {
				lda := depth / 4 * u.step
				u.tile(tiles, u.mr, width, depth, unsafe.SliceData(s.packedA[i*lda:]), lda, b, bias, &s.acc[0], width, false)
			}
			r.finish(s, m, it.col, cols, width, rows.outOff[i:i+n], i, n0, line0, lines)
		}
	}
}

// laneItem is item for 16 lanes.
func (r *convU8State) laneItem(s *convU8Scratch, m *convU8Mat, col int, rows *convU8Rows, count, n0, line0, lines int) {
	p, d, pr := &r.packed.plan, &r.t.convU8.depth, m.product
	segs := pr.sets[0].segs
	var b *byte
	if pr.k > 0 {
		b = &m.lanes[col*pr.k*p.elem]
	}
	most := max(1, min(maxTileU8/depthLanes/d.rows, laneChunk/max(1, pr.k))) * d.rows
	for i := 0; i < count; i += most {
		n := min(most, count-i)
		d.tile((n+d.rows-1)/d.rows, &s.copy[col*p.elem], &rows.aOff[i], p.aStep, unsafe.SliceData(segs), len(segs)/3, b,
			&m.bias[0][col], &s.acc[0])
		r.finish(s, m, col, min(depthLanes, pr.n-col), depthLanes, rows.outOff[i:i+n], i, n0, line0, lines)
	}
}

// gather packs the rows of a product for gemmU8Kernels.tile.
func (r *convU8State) gather(s *convU8Scratch, m *convU8Mat, aOff []int, count, depth int) {
	u, pr := &r.t.u8, m.product
	size := u.mr * depth / 4 * u.step
	for i := 0; i < count && pr.k > 0; i += u.mr {
		rows := min(u.mr, count-i)
		for j := range rows {
			to := s.gather[j*pr.k:]
			for segs := pr.sets[0].segs; len(segs) > 0; segs = segs[3:] {
				to = to[copy(to, s.copy[aOff[i+j]+m.from+segs[0]:][:segs[1]]):]
			}
		}
		u.packA(s.packedA[i/u.mr*size:][:size], s.gather, pr.k, pr.k, rows)
	}
}

// scratchBytes is what the slices of a scratch take.
func (r *convU8State) scratchBytes() int {
	p, u := &r.packed.plan, &r.t.u8
	bytes := r.pictures*r.picture + max(p.line, p.wide*p.in.c*2)
	if p.lanes {
		bytes += p.lineBytes(&r.t.convU8.depth, r.size)
		if p.thin != nil {
			plane, planes := p.thinSums()
			bytes += 4 * (plane*(planes+p.thin.period) + 8)
		}
		return bytes
	}
	if r.t.convU8.direct == nil {
		bytes += roundUp(r.rowsAtMost(), u.mr)*r.depthAtMost()/4*u.step + u.mr*r.depthAtMost()
	}
	return bytes + 2*u.nr*r.depthAtMost() // a panel of bytes, opened to words
}

// rowsAtMost is how many rows of a product a unit has at most, and depthAtMost how long they are.
func (r *convU8State) rowsAtMost() int {
	n := 0
	for i := range r.rows {
		n = max(n, len(r.rows[i].aOff))
	}
	return n
}

func (r *convU8State) depthAtMost() int {
	n := 0
	for i := range r.packed.plan.products {
		n = max(n, r.t.u8.depth(r.packed.plan.products[i].k))
	}
	return n
}

// finish stores the sums of some columns of so many rows, from the i-th of a unit on.
func (r *convU8State) finish(s *convU8Scratch, m *convU8Mat, col, cols, width int, off []int, i, n0, line0, lines int) {
	rows := len(off)
	p, l, c, pr := &r.packed.plan, &r.packed.layer, r.c, m.product
	base := ((n0*p.out.h+line0*pr.outY)*p.out.w)*p.out.c + m.first
	if len(pr.subs) == 1 {
		base += (pr.subs[0].y*p.out.w+pr.subs[0].x)*p.out.c + col
		if c.Out32 != nil {
			for j, o := range off {
				copy(c.Out32[base+o:][:cols], s.acc[j*width:])
			}
			return
		}
		if c.Out16 != nil {
			finishWords(r.t, c.Out16[base:], off, s.acc[:], width, cols, m.mult[col:], m.shift[col:], l.Words)
			return
		}
		s.q.mult, s.q.shift, s.q.zero, s.q.lo, s.q.hi = m.mult[col:], m.shift[col:], l.Zero, l.Lo, l.Hi
		out := c.Out[base:]
		r.t.convU8.finish(&r.t.u8, out, off, s.acc[:], width, rows, cols, &s.q)
		if l.Table != nil && !r.looksUpLater() {
			for _, o := range off {
				r.t.u8.lookup(out[o:][:cols], out[o:][:cols], l.Table)
			}
		}
		return
	}
	if c.Out32 != nil {
		spreadU8(p, pr, c.Out32[base:], s.acc[:], width, off, i, line0, lines)
		return
	}
	if c.Out16 != nil {
		r.t.words.requant(s.words[:], width, s.acc[:], width, rows, width, m.mult[col:], m.shift[col:], l.Words)
		spreadU8(p, pr, c.Out16[base:], s.words[:], width, off, i, line0, lines)
		return
	}
	s.q.mult, s.q.shift, s.q.zero, s.q.lo, s.q.hi = m.mult[col:], m.shift[col:], l.Zero, l.Lo, l.Hi
	r.t.u8.requant(s.bytes[:], width, s.acc[:], width, rows, width, &s.q)
	if l.Table != nil && !r.looksUpLater() {
		all := s.bytes[:rows*width]
		r.t.u8.lookup(all, all, l.Table)
	}
	spreadU8(p, pr, c.Out[base:], s.bytes[:], width, off, i, line0, lines)
}

// spreadU8 stores blocks of pixels, width values each, from the i-th row of a unit on, as far as they lie in the result.
func spreadU8[T any](p *convU8Plan, pr *convU8Product, out, rows []T, width int, outOff []int, i, line0, lines int) {
	for len(outOff) > 0 {
		// The rows of a line.
		x, y := i%pr.nx, (line0+i/pr.nx%lines)*pr.outY
		n := min(pr.nx-x, len(outOff))
		for _, run := range pr.spread {
			if y+run.y >= p.out.h {
				break
			}
			to, from := out[outOff[0]+(run.y*p.out.w+run.x)*p.out.c:], rows[run.col:]
			space := p.out.w - run.x - x*pr.outX // of the first row's pixels
			whole := max(0, min(n, (space-run.pixels)/pr.outX+1))
			if space < run.pixels {
				whole = 0
			}
			putEach(to, from, pr.outX*p.out.c, width, run.pixels*p.cols, whole)
			if rest := space - whole*pr.outX; whole < n && rest > 0 {
				copy(to[whole*pr.outX*p.out.c:][:rest*p.cols], from[whole*width:])
			}
		}
		i, outOff, rows = i+n, outOff[n:], rows[n*width:]
	}
}

// putEach copies n times size values, ld apart, to places step apart.
func putEach[T any](to, from []T, step, ld, size, n int) {
	for i := range n {
		to, from := to[i*step:][:size], from[i*ld:][:size]
		for ; len(to) >= 4; to, from = to[4:], from[4:] {
			*(*[4]T)(to) = [4]T(from)
		}
		if len(to) >= 2 {
			*(*[2]T)(to) = [2]T(from)
			to, from = to[2:], from[2:]
		}
		if len(to) > 0 {
			to[0] = from[0]
		}
	}
}
