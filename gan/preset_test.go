package gan

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// TestPresets reads all of gannet's recipes, and what File makes of them.
func TestPresets(t *testing.T) {
	for _, name := range Presets() {
		p, err := Lookup(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if p.Name != name || p.About == "" {
			t.Errorf("preset %s is called %q, and about %q", name, p.Name, p.About)
		}
		js, err := p.File()
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "mine.json")
		if err := os.WriteFile(path, js, 0o644); err != nil {
			t.Fatal(err)
		}
		if again, err := Lookup(path); err != nil || !reflect.DeepEqual(p, again) {
			t.Errorf("%s read back: %v, %+v", name, err, again)
		}
	}
}

// TestBadPresets: a mistake in a file is named, with its line where it is one of form.
func TestBadPresets(t *testing.T) {
	good, err := Lookup("digits")
	if err != nil {
		t.Fatal(err)
	}
	js, err := good.File()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, new, want string }{
		{`"batch": 64`, `"batch_size": 64`, `unknown field "batch_size"`},
		{`"batch": 64`, `"batch": "many"`, "line 18"},
		{`"batch": 64,`, `"batch": 64,,`, "line 18"},
		{`"z": 16`, `"z": 0`, "z 0"},
		{`"loss": "non-saturating"`, `"loss": "saturating"`, "least-squares"},
		{`"loss": "non-saturating"`, `"loss": "hinge", "label_smoothing": 0.1`, "label_smoothing"},
		{`"loss": "non-saturating"`, `"loss": "hinge", "half_loss_d": true`, "half_loss_d"},
		{`"kind": "adam"`, `"kind": "adamax"`, "rmsprop"},
		{`"r1": 0.5`, `"r1": -1`, "r1 is -1"},
		{`"r1": 0.5`, `"unroll": 3`, "unroll_lr"},
		{`"r1": 0.5`, `"pack": 2`, "classes"},
		{`"r1": 0.5`, `"augment": {"policy": ["colour"]}`, "augment"},
		{`"r1": 0.5`, `"augment": {"policy": ["flip", "flip"], "p": 1}`, "twice"},
		{`"r1": 0.5`, `"augment": {"policy": ["rotate"], "p": 1}`, "rotate"},
		{`"out": "sigmoid"`, `"out": "linear"`, "rows of numbers"},
		{`"act": "leaky"`, `"act": "swish"`, "swish"},
		{`"act": "leaky"`, `"act": "leaky", "kind": "transformer"`, "mlp"},
		{`"act": "leaky"`, `"act": "leaky", "std_group": 7`, "std_group"},
	} {
		text := strings.Replace(string(js), c.old, c.new, 1)
		if text == string(js) {
			t.Fatalf("%s is not in the preset", c.old)
		}
		if _, err := ParsePreset("mine.json", []byte(text)); err == nil || !strings.Contains(err.Error(), c.want) ||
			!strings.Contains(err.Error(), "mine.json") {
			t.Errorf("%s: %v; want an error with %q", c.new, err, c.want)
		}
	}
	if _, err := Lookup("none.json"); err == nil || !strings.Contains(err.Error(), "none.json") {
		t.Error(err)
	}
}
