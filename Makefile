# The two commands a newcomer needs are `make demo` and `make test`.
GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X main.version=$(VERSION)
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

DIST := linux/amd64 linux/arm64 linux/arm/7 linux/arm/6 linux/riscv64 \
        darwin/amd64 darwin/arm64 windows/amd64 windows/arm64 wasip1/wasm

export CGO_ENABLED ?= 0

.PHONY: demo test bench bench-peers lint fuzz dist clean

demo: ## train on embedded digits, quantize, sample, verify
	$(GO) run ./cmd/gannet demo --outdir demo-run

test: ## all tests, on every tier of this CPU
	$(GO) test ./...

bench: ## the kernels of this machine against its peak
	$(GO) run ./cmd/gannet bench

PEERS ?= -out docs/results/peers
bench-peers: ## against oneDNN, OpenBLAS, BLIS and ONNX Runtime, which it installs (Debian, npm); PEERS are the options
	@need=; for p in libdnnl-dev libopenblas-dev libblis-dev libc6-dev; do dpkg -s $$p >/dev/null 2>&1 || need="$$need $$p"; done; \
	for c in gcc npm; do command -v $$c >/dev/null || need="$$need $$c"; done; command -v node >/dev/null || need="$$need nodejs"; \
	if [ -n "$$need" ]; then as_root=; [ "$$(id -u)" = 0 ] || as_root=sudo; $$as_root apt-get -qq update && \
	DEBIAN_FRONTEND=noninteractive $$as_root apt-get -qq install -y --no-install-recommends $$need; fi
	@[ -d .peers/node_modules/onnxruntime-node ] || npm install --ignore-scripts --prefix .peers onnxruntime-node@1.30.0
	$(GO) run ./bench/peers $(PEERS)

lint:
	@out=$$(gofmt -l .); if [ -n "$$out" ]; then echo "not gofmt-ed:"; echo "$$out"; exit 1; fi
	$(GO) vet ./...
	$(GO) vet -tags purego ./...
	GOARCH=arm64 $(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...

FUZZTIME ?= 20s
fuzz: ## every fuzz target for FUZZTIME
	@for t in $$(grep -rhoE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' . | sed 's/func //' | sort -u); do \
	  d=$$(dirname $$(grep -rlE --include='*_test.go' "^func $$t\(" . | head -1)); \
	  echo "fuzz $$t ($$d)"; $(GO) test -run '^$$' -fuzz "^$$t\$$" -fuzztime $(FUZZTIME) $$d || exit 1; done

dist: ## static binaries for every target, in dist/
	@mkdir -p dist; for t in $(DIST); do \
	  os=$$(echo $$t | cut -d/ -f1); arch=$$(echo $$t | cut -d/ -f2); arm=$$(echo $$t | cut -d/ -f3); \
	  name=dist/gannet-$$os-$$arch$${arm:+v$$arm}; case $$os in windows) name=$$name.exe;; wasip1) name=dist/gannet-wasip1.wasm;; esac; \
	  echo $$name; GOOS=$$os GOARCH=$$arch GOARM=$$arm $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $$name ./cmd/gannet || exit 1; done

clean:
	rm -rf dist demo-run
