package metrics

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/model"
)

// The pinned network, which the features of digits come from. testdata/README.md says how it was made.
var (
	//go:embed testdata/features.safetensors
	pinned []byte
	//go:embed testdata/features.sha256
	pinnedSum string
)

// keyFeatures is where the metadata of a file describe a classifier.
const keyFeatures = "gannet.classifier"

// Recipe is what a classifier's file says beside its weights.
type Recipe struct {
	Shape    [3]int  `json:"shape"`
	Classes  int     `json:"classes"`
	Width    int     `json:"width"`
	Seed     uint64  `json:"seed"`
	Steps    int     `json:"steps"`
	Accuracy float64 `json:"accuracy"` // on the test pictures
}

// Pinned returns the classifier of digits, 28 x 28 x 1, that figures are measured with. It compares the file that the
// program carries with its hash.
func Pinned(pool *kernels.Pool) (*Classifier, Recipe, error) {
	if sum := sha256.Sum256(pinned); hex.EncodeToString(sum[:]) != strings.TrimSpace(pinnedSum) {
		return nil, Recipe{}, fmt.Errorf("metrics: the pinned network has the hash %x; want %s", sum, pinnedSum)
	}
	f, err := model.Read(pinned)
	if err != nil {
		return nil, Recipe{}, fmt.Errorf("metrics: the pinned network: %w", err)
	}
	return fromFile(f, pool)
}

func fromFile(f *model.File, pool *kernels.Pool) (*Classifier, Recipe, error) {
	var r Recipe
	if err := json.Unmarshal([]byte(f.Metadata[keyFeatures]), &r); err != nil {
		return nil, r, fmt.Errorf("metrics: metadata: %s: %w", keyFeatures, err)
	}
	c := &Classifier{Shape: r.Shape, Classes: r.Classes, Width: r.Width, st: graph.NewStore()}
	if err := c.check(); err != nil {
		return nil, r, err
	}
	for _, t := range f.Tensors {
		c.st.Put(t)
	}
	return c, r, c.compile(pool)
}

// Recipe of the pinned network: six times through the first 50,000 training digits of MNIST, each time moved by up to two
// pixels. The other 10,000 stay unseen, for the figures of real data.
const (
	pinnedSteps = 3000
	pinnedShift = 2
)

// TrainPinned trains the pinned network anew and writes it, the same bytes wherever it runs.
func TrainPinned(path string, train, test *data.Set, progress func(step int, loss float64), pool *kernels.Pool) (Recipe, error) {
	const seed = 1
	shape := [3]int{train.H, train.W, train.C}
	c, err := Train(train, TrainOptions{Steps: pinnedSteps, Seed: seed, Augment: Shifted(shape, pinnedShift, seed), Progress: progress}, pool)
	if err != nil {
		return Recipe{}, err
	}
	r := Recipe{Shape: shape, Classes: c.Classes, Width: c.Width, Seed: seed, Steps: pinnedSteps, Accuracy: c.Accuracy(test)}
	js, err := json.Marshal(r)
	if err != nil {
		return r, err
	}
	return r, model.Write(path, map[string]string{keyFeatures: string(js)}, model.Tensors(c.st))
}
