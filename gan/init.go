package gan

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/model"
)

// initFrom starts a game from trained weights: those of a model, which has G's alone, or of a checkpoint, or of the newest
// checkpoint in a run folder, which have D's, too. Optimizers begin anew.
func (g *game) initFrom(path string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		names, err := fs.Glob(os.DirFS(path), checkpointPrefix+"*"+checkpointSuffix)
		if err != nil || len(names) == 0 {
			return fmt.Errorf("%s: holds no checkpoint to start from", path)
		}
		path = filepath.Join(path, slices.Max(names))
	}
	f, err := model.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.CheckFormat(); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	found := map[string]*graph.Tensor{}
	for _, t := range f.Tensors {
		found[t.Name] = t
	}
	ofD := slices.ContainsFunc(f.Tensors, func(t *graph.Tensor) bool { return strings.HasPrefix(t.Name, "D.") })
	for _, name := range g.st.Names() {
		mine, t := g.st.Get(name), found[name]
		switch {
		case !g.learned[name] || name[0] == 'D' && !ofD:
		case t == nil && name == styleMean: // a model that does not truncate lacks it, and soon it is found again
		case t == nil && strings.Contains(name, rangeSuffix): // of a run that was not quantized
		case t == nil:
			return fmt.Errorf("%s: has no tensor %q, which this preset's network needs (a checkpoint has all that was trained)", path, name)
		case t.DType != mine.DType || t.Shape != mine.Shape:
			return fmt.Errorf("%s: tensor %q is %v%v, this preset's is %v%v", path, name, t.DType, t.Shape, mine.DType, mine.Shape)
		default:
			copy(mine.Bytes, t.Bytes)
		}
	}
	if m, err := f.Meta(); err == nil && m.Truncation > 0 {
		// The model's first layer is scaled for sampling.
		if first := g.st.Get("G.0.weight"); first != nil {
			if m.Classes != g.preset.Classes || m.Truncation > 1 {
				return fmt.Errorf("%s: %d classes and a truncation of %g; this preset has %d classes", path, m.Classes, m.Truncation, g.preset.Classes)
			}
			rows := first.F32()[m.Classes*first.Shape.Dim(1):]
			kernels.MulScalar(rows, rows, 1/m.Truncation)
		}
	}
	g.restartAverage()
	for name := range g.learned { // a checkpoint's averages go on
		if e, t := g.st.Get(name+emaSuffix), found[name+emaSuffix]; e != nil && t != nil && t.DType == e.DType && t.Shape == e.Shape {
			copy(e.Bytes, t.Bytes)
		}
	}
	return nil
}
