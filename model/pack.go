package model

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unsafe"

	"github.com/gannet-ml/gannet/graph"
	"github.com/gannet-ml/gannet/kernels"
)

// A file may hold its weights a second time, packed for the products of one tier, so that a program on that tier need not
// make these forms, nor keep them in memory of its own: they are used where the file is mapped. They are the tensors
// packed/0, packed/1 and so on, of bytes, in the order of graph.Forms. Other tiers leave them alone.
const (
	keyPacked  = "gannet.packed"
	formPrefix = "packed/"
)

// packedFor is the metadata's keyPacked.
type packedFor struct {
	Tier   string `json:"tier"`
	Layout int    `json:"layout"` // kernels.Layout of the program that packed
}

func isForm(name string) bool { return strings.HasPrefix(name, formPrefix) }

// storedForm is a packed form and the tensor that holds it.
type storedForm struct {
	graph.Form
	t *graph.Tensor
}

// takeForms gives a model its weights, and returns the packed forms for the tier in use if the file has them, and the names
// of tensors that are of no use here.
func (f *File) takeForms(m *Model) (forms []storedForm, unused map[string]bool, err error) {
	to := &m.packed
	text, packed := f.Metadata[keyPacked]
	if packed {
		if err := json.Unmarshal([]byte(text), to); err != nil {
			return nil, nil, fmt.Errorf("metadata: %s: %w", keyPacked, err)
		}
	}
	held := map[string]*graph.Tensor{}
	m.held = held
	unused = map[string]bool{}
	fits := packed && to.Tier == kernels.Tier() && to.Layout == kernels.Layout && !bigEndian
	for i, t := range f.Tensors {
		if !packed || !isForm(t.Name) {
			m.Weights.Put(t)
			continue
		}
		held[t.Name], unused[t.Name] = t, true
		// A file inside a program lies where the linker put it.
		fits = fits && uintptr(unsafe.Pointer(unsafe.SliceData(f.raw[i])))%align == 0
	}
	if !fits {
		return nil, unused, nil
	}
	m.tier = to.Tier
	for i, form := range graph.Forms(m.Graph) {
		name := formPrefix + strconv.Itoa(i)
		if held[name] == nil {
			return nil, nil, fmt.Errorf("tensor %q is missing: %q packed for %s", name, form.Weight, to.Tier)
		}
		forms = append(forms, storedForm{form, held[name]})
	}
	if len(held) != len(forms) {
		return nil, nil, fmt.Errorf("%d packed forms, the graph has %d for %s", len(held), len(forms), to.Tier)
	}
	return forms, nil, nil
}

// findIdle finds the weights that packed forms stand for. Integer ones are read all the same: their sums are bounded.
func (m *Model) findIdle(forms []storedForm) {
	m.idle = map[string]bool{}
	read := graph.ReadAsStored(m.Graph)
	for _, f := range forms {
		if t := m.Weights.Get(f.Weight); t != nil && t.DType == graph.F32 && !read[f.Weight] {
			m.idle[f.Weight] = true
		}
	}
}

// store has the model use packed forms.
func (m *Model) store(forms []storedForm) error {
	for _, f := range forms {
		if err := m.Weights.Stored(f.Form, f.t); err != nil {
			return err
		}
	}
	return nil
}

// PackedFor is the tier in use if packed forms for it came with the model, else "".
func (m *Model) PackedFor() string {
	if m.tier != kernels.Tier() { // another one was forced since
		return ""
	}
	return m.tier
}

// Idle is the size of the weights that nothing reads, because packed forms came with the model.
func (m *Model) Idle() (n int64) {
	if m.PackedFor() == "" {
		return 0
	}
	for name := range m.idle {
		n += int64(len(m.Weights.Get(name).Bytes))
	}
	return n
}

// Pack writes what Save does, with the packed forms of the weights for the tier in use.
func Pack(w io.Writer, m *Model) error {
	if bigEndian {
		return errors.New("packed forms are for machines whose numbers are little endian")
	}
	metadata, err := m.metadata()
	if err != nil {
		return err
	}
	to, err := json.Marshal(packedFor{kernels.Tier(), kernels.Layout})
	if err != nil {
		return err
	}
	metadata[keyPacked] = string(to)
	tensors := Tensors(m.Weights)
	for _, t := range tensors {
		if isForm(t.Name) {
			return fmt.Errorf("tensor %q has a name that packed forms have", t.Name)
		}
	}
	forms := graph.Forms(m.Graph)
	if len(forms) == 0 {
		return fmt.Errorf("nothing can be packed for %s: want a matrix product or a convolution", kernels.Tier())
	}
	fresh := m.unpacked()
	for i, f := range forms {
		b := fresh.Packed(f)
		t := graph.NewTensor(formPrefix+strconv.Itoa(i), graph.U8, graph.Of((len(b)+align-1)/align*align))
		copy(t.Bytes, b)
		tensors = append(tensors, t)
	}
	return encode(w, metadata, tensors, nil)
}

// unpacked is a store of the model's weights alone.
func (m *Model) unpacked() *graph.Store {
	st := graph.NewStore()
	for _, t := range Tensors(m.Weights) {
		st.Put(t)
	}
	return st
}

// CheckPacked reports packed forms that came with the model, for whichever tier, and are not what its weights give. It cannot
// tell where this machine lacks the tier, or this program the layout. The tier is forced meanwhile: nothing else may run.
func (m *Model) CheckPacked() error {
	if m.packed.Layout != kernels.Layout || bigEndian {
		return nil
	}
	restore, err := kernels.Force(m.packed.Tier)
	if err != nil {
		return nil // a tier of other machines
	}
	defer restore()
	forms := graph.Forms(m.Graph)
	if len(forms) != len(m.held) {
		return fmt.Errorf("%d packed forms, the graph has %d for %s", len(m.held), len(forms), m.packed.Tier)
	}
	for i, f := range forms {
		name := formPrefix + strconv.Itoa(i)
		t := m.held[name]
		if t == nil || len(t.Bytes) < f.Bytes || !bytes.Equal(m.unpacked().Packed(f), t.Bytes[:f.Bytes]) {
			return fmt.Errorf("tensor %q is not %q packed for %s", name, f.Weight, m.packed.Tier)
		}
	}
	return nil
}
