package main

import (
	"bytes"
	"embed"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/gannet-ml/gannet/bench/peers/internal/serve"
)

//go:embed servers
var sources embed.FS

// programs says how the servers are compiled: the source and what gcc is told besides.
var programs = map[string][]string{
	"openblas":    {"peer_blas.c", "-lopenblas"},
	"blis":        {"peer_blas.c", "-DBLIS", "-lblis"},
	"onednn":      {"peer_onednn.c", "-ldnnl"},
	"onednn-conv": {"peer_onednn_conv.c", "-ldnnl"},
}

// compile makes a server of the sources in dir and returns the command that runs it. ONNX Runtime's is a script for
// node, which finds the library in the folder ort.
func compile(dir, name, ort string) ([]string, error) {
	if name == "ort" {
		ort = filepath.Join(ort, "node_modules")
		if _, err := os.Stat(filepath.Join(ort, "onnxruntime-node")); err != nil {
			return nil, fmt.Errorf("%w (npm install --ignore-scripts --prefix %s onnxruntime-node@1.30.0)", err,
				filepath.Dir(ort))
		}
		ort, err := filepath.Abs(ort)
		return []string{"env", "NODE_PATH=" + ort, "node", filepath.Join(dir, "servers", "peer_ort.js"), dir}, err
	}
	spec, ok := programs[name]
	if !ok {
		return nil, fmt.Errorf("peers: no server %q", name)
	}
	exe := filepath.Join(dir, name)
	cmd := exec.Command("gcc", append([]string{"-O2", "-o", exe, filepath.Join(dir, "servers", spec[0])}, spec[1:]...)...)
	if text, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", cmd, err, bytes.TrimSpace(text))
	}
	return []string{exe}, nil
}

// environment makes a library use so many threads, its best kernels, and memory that it has freed before. OpenBLAS
// 0.3.21 and BLIS 0.9 do not know newer CPUs and fall back to SSE and plain C: they are told (BLIS by the numbers of
// its architectures, 0 skx and 3 haswell). How threads wait is left as it is: with OMP_WAIT_POLICY=passive the small
// products of oneDNN and BLIS take two to eight times as long on two threads, and active is no faster than the default.
func environment(threads int, avx2 bool) []string {
	t := strconv.Itoa(threads)
	env := append(os.Environ(), "OMP_NUM_THREADS="+t, "OPENBLAS_NUM_THREADS="+t, "BLIS_NUM_THREADS="+t,
		"MALLOC_TRIM_THRESHOLD_=8589934592", "MALLOC_MMAP_THRESHOLD_=1073741824")
	if avx2 {
		return append(env, "OPENBLAS_CORETYPE=Haswell", "BLIS_ARCH_TYPE=3", "DNNL_MAX_CPU_ISA=AVX2")
	}
	return append(env, "OPENBLAS_CORETYPE=SkylakeX", "BLIS_ARCH_TYPE=0")
}

// servers holds the rivals' processes, one for each library and number of threads, started when they are first asked.
type servers struct {
	dir     string
	avx2    bool
	command map[string][]string
	running map[string]*serve.Peer
	version map[string]string
}

// newServers compiles what the jobs need.
func newServers(js []job, ort string, avx2 bool) (*servers, error) {
	dir, err := os.MkdirTemp("", "peers")
	if err != nil {
		return nil, err
	}
	if err := os.CopyFS(dir, sources); err != nil {
		return nil, err
	}
	s := &servers{dir, avx2, map[string][]string{}, map[string]*serve.Peer{}, map[string]string{}}
	for _, j := range js {
		for _, r := range j.rivals {
			if r.server == "" || s.command[r.server] != nil {
				continue
			}
			if s.command[r.server], err = compile(dir, r.server, ort); err != nil {
				s.close()
				return nil, err
			}
		}
	}
	return s, nil
}

// hello is how a server greets.
type hello struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

func (s *servers) ask(name string, threads int, q request, a *serve.Answer) error {
	key := fmt.Sprint(name, threads)
	if s.running[key] == nil {
		c := s.command[name]
		cmd := exec.Command(c[0], c[1:]...)
		cmd.Env = environment(threads, s.avx2)
		var h hello
		p, err := serve.Start(cmd, &h)
		if err != nil {
			return err
		}
		s.running[key], s.version[h.Name] = p, h.Version
	}
	return s.running[key].Ask(q, a)
}

// versions adds the versions of the libraries seen to old.
func (s *servers) versions(old map[string]string) map[string]string {
	all := maps.Clone(s.version)
	for name, v := range old {
		if all[name] == "" {
			all[name] = v
		}
	}
	return all
}

func (s *servers) close() {
	for _, p := range s.running {
		p.Close()
	}
	os.RemoveAll(s.dir)
}
