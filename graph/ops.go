package graph

import (
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/kernels"
)

// Op is a primitive operation. Beside each constant stand its inputs and the attributes it uses.
type Op uint8

// The operations.
const (
	opNone        Op = iota
	OpInput          // Name, S, I[0] the dtype
	OpVar            // Name, S, I[0] the dtype
	OpFill           // S, F[0] the value
	OpAdd            // x, y
	OpSub            // x, y
	OpMul            // x, y
	OpDiv            // x, y
	OpMax            // x, y
	OpMin            // x, y
	OpNeg            // x
	OpExp            // x
	OpLog            // x
	OpSqrt           // x
	OpTanh           // x
	OpSigmoid        // x
	OpSoftplus       // x
	OpAbs            // x
	OpSign           // x
	OpReLU           // x
	OpLeakyReLU      // x; F[0] the slope
	OpLeakyMask      // x, y; F[0] the slope
	OpSelect         // c, x, y
	OpMulScalar      // x; F[0] the factor
	OpAddScalar      // x; F[0] the summand
	OpDot            // x, w; TA, TB
	OpConvOut        // x, w; S, I stride, padding, dilation: conv.go
	OpConvDX         // y, w; the same
	OpConvDW         // x, y; the same
	OpSum            // x; I[0], I[1] the axes summed
	OpExpand         // x; I[0] where, S the new dimensions
	OpReshape        // x; S
	OpPermute        // x; I
	OpSlice          // x; I axis, from, to
	OpPad            // x; I axis, before, after, the byte where x is U8
	OpConcat         // x, y; I[0] axis
	OpPickMax        // v, x; I[0] axis
	OpPutMax         // v, x; I[0] axis
	OpResample       // x; I: resample.go
	OpResampleT      // y; I, S
	OpPickPool       // v, x; I
	OpPutPool        // v, x; I
	OpGather         // table, index
	OpScatter        // rows, index; I[0] rows of the table
	OpColumnStats    // x; I[0] where the rows begin, F[0] eps: norm.go
	OpColumnNorm     // x, statistics, gamma, beta; I[0]
	OpColumnSums     // g, x, statistics; I[0]
	OpColumnDX       // g, x, statistics, gamma, sums; I[0]
	OpRowNorm        // x; I[0] where a row begins, I[1] without mean, F[0] eps
	OpRowNormDX      // g, x; the same
	OpSoftmax        // x
	OpSoftmaxDX      // g, y
	OpLogSumExp      // x
	OpMove           // x, by; TA transposed
	OpStopGradient
	OpUniform        // S, Stream
	OpBernoulli      // S, Stream, F probability, value
	OpLatent         // S, Stream, I[0] the distribution
	OpFromI16        // x; F[0] the scale
	OpFromU8         // x; F[0] the scale
	OpToU8           // x; F scale, offset
	OpQuantizeLatent // x; I: quantized.go, as for all that begin with Q
	OpQDot           // x, w, bias, mult, shift; I
	OpQConvOut       // x, w, bias, mult, shift; S, I
	OpQConvDX        // y, w, bias, mult, shift; S, I
	OpQAdd           // x, y; I
	OpQScale         // x, mult, bias; I
	OpQResample      // x; I
	OpLookup         // x, table
	OpWConvOut       // x, w, bias, mult, shift; S, I: words.go, as for all that begin with W
	OpWConvDX        // y, w, bias, mult, shift; S, I
	OpWAdd           // x, y; I
	OpWScale         // x, mult, bias; I
	OpWResample      // x; I
	OpWLookup        // x, table
	OpWPixels        // x, table
	OpWiden          // x; I
	OpToI16          // x; F[0] the scale
	OpSGD
	OpAdam
	OpAdamW
	OpRMSProp
	OpClip // v; F[0] the bound
	OpEMA
	OpAssign
	numOps
)

// opSpec is one row of the table of operations. The kernels are bound in chain.go (elementwise) and bind.go.
type opSpec struct {
	name   string
	inputs int

	// shape checks inputs and attributes and gives the type of the result.
	shape func(in []Type, a *Attr) (Type, error)

	elementwise bool // F32, every input of the result's shape: may be part of a chain
	sink        bool // changes its first writes inputs, which are variables, and has no value
	writes      int
}

// ops is the table; it is filled by init, because its rules refer to it.
var ops [numOps]opSpec

var opsByName = map[string]Op{}

func init() {
	ops = [numOps]opSpec{
		OpInput: {name: "Input", shape: declaredShape},
		OpVar:   {name: "Var", shape: declaredShape},
		OpFill:  {name: "Fill", shape: attrShape(F32)},

		OpAdd:       {name: "Add", inputs: 2, shape: sameShape, elementwise: true},
		OpSub:       {name: "Sub", inputs: 2, shape: sameShape, elementwise: true},
		OpMul:       {name: "Mul", inputs: 2, shape: sameShape, elementwise: true},
		OpDiv:       {name: "Div", inputs: 2, shape: sameShape, elementwise: true},
		OpMax:       {name: "Max", inputs: 2, shape: sameShape, elementwise: true},
		OpMin:       {name: "Min", inputs: 2, shape: sameShape, elementwise: true},
		OpNeg:       {name: "Neg", inputs: 1, shape: sameShape, elementwise: true},
		OpExp:       {name: "Exp", inputs: 1, shape: sameShape, elementwise: true},
		OpLog:       {name: "Log", inputs: 1, shape: sameShape, elementwise: true},
		OpSqrt:      {name: "Sqrt", inputs: 1, shape: sameShape, elementwise: true},
		OpTanh:      {name: "Tanh", inputs: 1, shape: sameShape, elementwise: true},
		OpSigmoid:   {name: "Sigmoid", inputs: 1, shape: sameShape, elementwise: true},
		OpSoftplus:  {name: "Softplus", inputs: 1, shape: sameShape, elementwise: true},
		OpAbs:       {name: "Abs", inputs: 1, shape: sameShape, elementwise: true},
		OpSign:      {name: "Sign", inputs: 1, shape: sameShape, elementwise: true},
		OpReLU:      {name: "ReLU", inputs: 1, shape: sameShape, elementwise: true},
		OpLeakyReLU: {name: "LeakyReLU", inputs: 1, shape: leakyShape, elementwise: true},
		OpLeakyMask: {name: "LeakyMask", inputs: 2, shape: sameShape, elementwise: true},
		OpSelect:    {name: "Select", inputs: 3, shape: sameShape, elementwise: true},
		OpMulScalar: {name: "MulScalar", inputs: 1, shape: sameShape, elementwise: true},
		OpAddScalar: {name: "AddScalar", inputs: 1, shape: sameShape, elementwise: true},

		OpDot:          {name: "Dot", inputs: 2, shape: dotShape},
		OpConvOut:      convOp("ConvOut", kernels.ConvOut),
		OpConvDX:       convOp("ConvDX", kernels.ConvDX),
		OpConvDW:       convOp("ConvDW", kernels.ConvDW),
		OpSum:          {name: "Sum", inputs: 1, shape: sumShape},
		OpExpand:       {name: "Expand", inputs: 1, shape: expandShape},
		OpReshape:      {name: "Reshape", inputs: 1, shape: reshapeShape},
		OpPermute:      {name: "Permute", inputs: 1, shape: permuteShape},
		OpSlice:        {name: "Slice", inputs: 1, shape: sliceShape},
		OpPad:          {name: "Pad", inputs: 1, shape: padShape},
		OpConcat:       {name: "Concat", inputs: 2, shape: concatShape},
		OpPickMax:      {name: "PickMax", inputs: 2, shape: pickShape},
		OpPutMax:       {name: "PutMax", inputs: 2, shape: putShape},
		OpResample:     {name: "Resample", inputs: 1, shape: resampleShape},
		OpResampleT:    {name: "ResampleT", inputs: 1, shape: resampleTShape},
		OpPickPool:     {name: "PickPool", inputs: 2, shape: pickPoolShape},
		OpPutPool:      {name: "PutPool", inputs: 2, shape: putPoolShape},
		OpGather:       {name: "Gather", inputs: 2, shape: gatherShape},
		OpScatter:      {name: "Scatter", inputs: 2, shape: scatterShape},
		OpColumnStats:  {name: "ColumnStats", inputs: 1, shape: columnStatsShape},
		OpColumnNorm:   {name: "ColumnNorm", inputs: 4, shape: columnNormShape},
		OpColumnSums:   {name: "ColumnSums", inputs: 3, shape: columnSumsShape},
		OpColumnDX:     {name: "ColumnDX", inputs: 5, shape: columnDXShape},
		OpRowNorm:      {name: "RowNorm", inputs: 1, shape: rowNormShape},
		OpRowNormDX:    {name: "RowNormDX", inputs: 2, shape: rowNormShape},
		OpSoftmax:      {name: "Softmax", inputs: 1, shape: softmaxShape},
		OpSoftmaxDX:    {name: "SoftmaxDX", inputs: 2, shape: softmaxShape},
		OpLogSumExp:    {name: "LogSumExp", inputs: 1, shape: logSumExpShape},
		OpMove:         {name: "Move", inputs: 2, shape: moveShape},
		OpStopGradient: {name: "StopGradient", inputs: 1, shape: sameShape},

		OpUniform:   {name: "Uniform", shape: attrShape(F32)},
		OpBernoulli: {name: "Bernoulli", shape: bernoulliShape},
		OpLatent:    {name: "Latent", shape: attrShape(I16)},
		OpFromI16:   {name: "FromI16", inputs: 1, shape: convert(I16, F32)},
		OpFromU8:    {name: "FromU8", inputs: 1, shape: convert(U8, F32)},
		OpToU8:      {name: "ToU8", inputs: 1, shape: convert(F32, U8)},

		OpQuantizeLatent: {name: "QuantizeLatent", inputs: 1, shape: quantizeLatentShape},
		OpQDot:           {name: "QDot", inputs: 5, shape: qdotShape},
		OpQConvOut:       {name: "QConvOut", inputs: 5, shape: qconvShape(kernels.ConvOut)},
		OpQConvDX:        {name: "QConvDX", inputs: 5, shape: qconvShape(kernels.ConvDX)},
		OpQAdd:           {name: "QAdd", inputs: 2, shape: qaddShape},
		OpQScale:         {name: "QScale", inputs: 3, shape: qscaleShape},
		OpQResample:      {name: "QResample", inputs: 1, shape: qresampleShape},
		OpLookup:         {name: "Lookup", inputs: 2, shape: lookupShape},
		OpWConvOut:       {name: "WConvOut", inputs: 5, shape: wconvShape(kernels.ConvOut)},
		OpWConvDX:        {name: "WConvDX", inputs: 5, shape: wconvShape(kernels.ConvDX)},
		OpWAdd:           {name: "WAdd", inputs: 2, shape: waddShape},
		OpWScale:         {name: "WScale", inputs: 3, shape: wscaleShape},
		OpWResample:      {name: "WResample", inputs: 1, shape: wresampleShape},
		OpWLookup:        {name: "WLookup", inputs: 2, shape: wlookupShape(I16)},
		OpWPixels:        {name: "WPixels", inputs: 2, shape: wlookupShape(U8)},
		OpWiden:          {name: "Widen", inputs: 1, shape: widenShape},
		OpToI16:          {name: "ToI16", inputs: 1, shape: convert(F32, I16)},

		OpSGD:     {name: "SGD", inputs: 4, shape: stepShape(3, 2), sink: true, writes: 2},
		OpAdam:    {name: "Adam", inputs: 5, shape: stepShape(4, 5), sink: true, writes: 3},
		OpAdamW:   {name: "AdamW", inputs: 5, shape: stepShape(4, 6), sink: true, writes: 3},
		OpRMSProp: {name: "RMSProp", inputs: 4, shape: stepShape(3, 3), sink: true, writes: 2},
		OpClip:    {name: "Clip", inputs: 1, shape: clipShape, sink: true, writes: 1},
		OpEMA:     {name: "EMA", inputs: 3, shape: stepShape(2, 1), sink: true, writes: 1},
		OpAssign:  {name: "Assign", inputs: 2, shape: sameTypes, sink: true, writes: 1},
	}
	for op := opNone + 1; op < numOps; op++ {
		opsByName[ops[op].name] = op
	}
}

// String returns the operation's name.
func (o Op) String() string { return ops[o].name }

func declaredShape(_ []Type, a *Attr) (Type, error) {
	if a.Name == "" || len(a.Name) > 256 {
		return Type{}, fmt.Errorf("a name of 1 to 256 bytes is needed")
	}
	if a.I[0] < 0 || int(a.I[0]) >= len(dtypeNames) {
		return Type{}, fmt.Errorf("no such dtype: %d", a.I[0])
	}
	return Type{DType(a.I[0]), a.S}, nil
}

func attrShape(d DType) func([]Type, *Attr) (Type, error) {
	return func(_ []Type, a *Attr) (Type, error) { return Type{d, a.S}, nil }
}

func bernoulliShape(_ []Type, a *Attr) (Type, error) {
	if !(a.F[0] >= 0 && a.F[0] <= 1) {
		return Type{}, fmt.Errorf("probability %v is outside [0, 1]", a.F[0])
	}
	return Type{F32, a.S}, nil
}

// sameTypes wants inputs of one type.
func sameTypes(in []Type, _ *Attr) (Type, error) {
	for _, t := range in[1:] {
		if t != in[0] {
			return Type{}, fmt.Errorf("types %v and %v differ", in[0], t)
		}
	}
	return in[0], nil
}

// sameShape wants F32 inputs of one shape.
func sameShape(in []Type, a *Attr) (Type, error) {
	if in[0].D != F32 {
		return Type{}, fmt.Errorf("%v is not F32", in[0])
	}
	return sameTypes(in, a)
}

func leakyShape(in []Type, a *Attr) (Type, error) {
	if !(a.F[0] > 0) {
		return Type{}, fmt.Errorf("slope %v is not positive", a.F[0])
	}
	return sameShape(in, a)
}

func floats(in []Type) error {
	for _, t := range in {
		if t.D != F32 {
			return fmt.Errorf("%v is not F32", t)
		}
	}
	return nil
}

// movable wants inputs of F32, or of U8 or I16: bytes or words on a grid, which can be moved like numbers.
func movable(in []Type) error {
	for _, t := range in {
		if t.D != in[0].D || t.D != F32 && t.D != U8 && t.D != I16 {
			return fmt.Errorf("%v is not %v, or none of F32, U8 and I16", t, in[0])
		}
	}
	return nil
}

func dotShape(in []Type, a *Attr) (Type, error) {
	if err := floats(in); err != nil {
		return Type{}, err
	}
	x, w := in[0].S, in[1].S
	if x.Rank() != 2 || w.Rank() != 2 {
		return Type{}, fmt.Errorf("%v and %v are not both matrices", x, w)
	}
	m, k := x.Dim(0), x.Dim(1)
	if a.TA {
		m, k = k, m
	}
	k2, n := w.Dim(0), w.Dim(1)
	if a.TB {
		k2, n = n, k2
	}
	if k != k2 || k == Batch {
		return Type{}, fmt.Errorf("%v (transposed: %v) and %v (transposed: %v) do not fit", x, a.TA, w, a.TB)
	}
	s, err := makeShape([]int{m, n})
	return Type{F32, s}, err
}

func sumShape(in []Type, a *Attr) (Type, error) {
	if err := floats(in); err != nil {
		return Type{}, err
	}
	s, lo, hi := in[0].S, int(a.I[0]), int(a.I[1])
	if lo < 0 || hi <= lo || hi > s.Rank() {
		return Type{}, fmt.Errorf("axes %d to %d of %v", lo, hi, s)
	}
	if lo == 0 && s.Symbolic() {
		return Type{}, fmt.Errorf("a symbolic batch cannot be summed")
	}
	d := s.Dims()
	out, err := makeShape(append(d[:lo:lo], d[hi:]...))
	return Type{F32, out}, err
}

func expandShape(in []Type, a *Attr) (Type, error) {
	if err := movable(in); err != nil {
		return Type{}, err
	}
	d, lo := in[0].S.Dims(), int(a.I[0])
	if lo < 0 || lo > len(d) || a.S.rank == 0 {
		return Type{}, fmt.Errorf("dimensions %v before dimension %d of %v", a.S, lo, in[0].S)
	}
	out := append(append(append([]int(nil), d[:lo]...), a.S.Dims()...), d[lo:]...)
	s, err := makeShape(out)
	return Type{in[0].D, s}, err
}

func reshapeShape(in []Type, a *Attr) (Type, error) {
	s := in[0].S
	if s.Numel() != a.S.Numel() || s.Symbolic() != a.S.Symbolic() {
		return Type{}, fmt.Errorf("%v and %v hold different numbers of elements", s, a.S)
	}
	return Type{in[0].D, a.S}, nil
}

func permuteShape(in []Type, a *Attr) (Type, error) {
	if err := movable(in); err != nil {
		return Type{}, err
	}
	s := in[0].S
	d, seen := make([]int, s.Rank()), [MaxRank]bool{}
	for i := range d {
		p := a.I[i]
		if p < 0 || int(p) >= len(d) || seen[p] {
			return Type{}, fmt.Errorf("%v is no permutation of %d dimensions", a.I[:len(d)], len(d))
		}
		seen[p] = true
		d[i] = s.Dim(int(p))
	}
	out, err := makeShape(d)
	return Type{in[0].D, out}, err
}

// along checks the axis I[0] of an op, which may not be a symbolic batch.
func along(s Shape, a *Attr) (int, error) {
	axis := int(a.I[0])
	if axis < 0 || axis >= s.Rank() || s.Dim(axis) == Batch {
		return 0, fmt.Errorf("axis %d of %v", axis, s)
	}
	return axis, nil
}

func sliceShape(in []Type, a *Attr) (Type, error) {
	if err := movable(in); err != nil {
		return Type{}, err
	}
	axis, err := along(in[0].S, a)
	if err != nil {
		return Type{}, err
	}
	d, lo, hi := in[0].S.Dims(), int(a.I[1]), int(a.I[2])
	if lo < 0 || hi <= lo || hi > d[axis] {
		return Type{}, fmt.Errorf("%d to %d along axis %d of %v", lo, hi, axis, in[0].S)
	}
	d[axis] = hi - lo
	s, err := makeShape(d)
	return Type{in[0].D, s}, err
}

func padShape(in []Type, a *Attr) (Type, error) {
	if err := movable(in); err != nil {
		return Type{}, err
	}
	axis, err := along(in[0].S, a)
	if err != nil {
		return Type{}, err
	}
	d := in[0].S.Dims()
	if a.I[1] < 0 || a.I[2] < 0 || int64(d[axis])+int64(a.I[1])+int64(a.I[2]) > maxElements {
		return Type{}, fmt.Errorf("%d before and %d after", a.I[1], a.I[2])
	}
	if a.I[3] < 0 || a.I[3] > 255 || in[0].D != U8 && a.I[3] != 0 {
		return Type{}, fmt.Errorf("%v padded with %d", in[0], a.I[3])
	}
	d[axis] += int(a.I[1]) + int(a.I[2])
	s, err := makeShape(d)
	return Type{in[0].D, s}, err
}

func concatShape(in []Type, a *Attr) (Type, error) {
	if err := movable(in); err != nil {
		return Type{}, err
	}
	x, y := in[0].S, in[1].S
	axis, err := along(x, a)
	if err != nil {
		return Type{}, err
	}
	if x.Rank() != y.Rank() {
		return Type{}, fmt.Errorf("%v and %v", x, y)
	}
	d := x.Dims()
	for i := range d {
		if i != axis && d[i] != y.Dim(i) || y.Dim(axis) == Batch {
			return Type{}, fmt.Errorf("%v and %v along axis %d", x, y, axis)
		}
	}
	if int64(d[axis])+int64(y.Dim(axis)) > maxElements {
		return Type{}, fmt.Errorf("%v and %v are too large", x, y)
	}
	d[axis] += y.Dim(axis)
	s, err := makeShape(d)
	return Type{in[0].D, s}, err
}

// pieces removes the axis I[0] of x.
func pieces(x Shape, a *Attr) (Shape, error) {
	axis, err := along(x, a)
	if err != nil {
		return Shape{}, err
	}
	d := x.Dims()
	return makeShape(append(d[:axis:axis], d[axis+1:]...))
}

func pickShape(in []Type, a *Attr) (Type, error) {
	if err := movable(in); err != nil {
		return Type{}, err
	}
	t, err := sameTypes(in, a)
	if err != nil {
		return Type{}, err
	}
	if t.D == I16 {
		return Type{}, fmt.Errorf("%v has no PickMax", t)
	}
	s, err := pieces(t.S, a)
	return Type{t.D, s}, err
}

func putShape(in []Type, a *Attr) (Type, error) {
	if err := floats(in); err != nil {
		return Type{}, err
	}
	s, err := pieces(in[1].S, a)
	if err != nil {
		return Type{}, err
	}
	if s != in[0].S {
		return Type{}, fmt.Errorf("%v does not fit %v without axis %d", in[0].S, in[1].S, a.I[0])
	}
	return in[1], nil
}

func convert(from, to DType) func([]Type, *Attr) (Type, error) {
	return func(in []Type, a *Attr) (Type, error) {
		if in[0].D != from {
			return Type{}, fmt.Errorf("%v is not %v", in[0], from)
		}
		for _, f := range a.F {
			if math.IsNaN(float64(f)) || math.IsInf(float64(f), 0) {
				return Type{}, fmt.Errorf("scale or offset %v", f)
			}
		}
		return Type{to, in[0].S}, nil
	}
}

// stepShape wants n F32 inputs of one shape and then hyper numbers.
func stepShape(n, hyper int) func([]Type, *Attr) (Type, error) {
	return func(in []Type, a *Attr) (Type, error) {
		if want := (Type{F32, Of(hyper)}); in[n] != want {
			return Type{}, fmt.Errorf("the last input is %v, want %v", in[n], want)
		}
		return sameShape(in[:n], a)
	}
}

func clipShape(in []Type, a *Attr) (Type, error) {
	if !(a.F[0] > 0) {
		return Type{}, fmt.Errorf("bound %v is not positive", a.F[0])
	}
	return sameShape(in, a)
}
