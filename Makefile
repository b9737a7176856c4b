# The two commands a newcomer needs are `make demo` and `make test`.
GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

DIST := linux/amd64 linux/arm64 linux/arm/7 linux/arm/6 linux/riscv64 \
        darwin/amd64 darwin/arm64 windows/amd64 windows/arm64 wasip1/wasm

export CGO_ENABLED ?= 0

.PHONY: demo test bench bench-peers results arm-report lint fuzz platforms dist clean

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

ITEM ?=
results: ## what docs/results says of quality, resumably, run by run; ITEM="ring8 grid25": those items
	$(GO) run ./bench/results $(ITEM)

arm-report: ## what the ARM kernels should do: llvm-mca and counted instructions, into docs/results/arm.md
	@need=; for p in llvm-19 qemu-user gcc libc6-dev gcc-aarch64-linux-gnu libc6-dev-arm64-cross; do dpkg -s $$p >/dev/null 2>&1 || need="$$need $$p"; done; \
	if [ -n "$$need" ]; then as_root=; [ "$$(id -u)" = 0 ] || as_root=sudo; $$as_root apt-get -qq update && \
	apt-cache show llvm-19 >/dev/null 2>&1 || need=$$(echo "$$need" | sed s/llvm-19/llvm/); \
	DEBIAN_FRONTEND=noninteractive $$as_root apt-get -qq install -y --no-install-recommends $$need; fi
	$(GO) run ./bench/armreport -out docs/results/arm.md

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

platforms: ## README's table of hashes, on every platform that runs here, natively or emulated
	$(GO) run ./cmd/gannet-sample/platforms

dist: ## what is shipped, in dist/: a tar.gz for every target, a .deb for Debian's; the same commit gives the same bytes
	$(GO) run ./packaging -version $(VERSION) -epoch $$(git log -1 --format=%ct 2>/dev/null || echo 0) -out dist $(DIST)

clean:
	rm -rf dist demo-run
