#!/bin/sh
# One training step of paper-mnist, gannet against PyTorch, in turns in the same run. Options: -help.
# Needs: apt-get install python3-torch libopenblas0
cd "$(dirname "$0")/../.." && exec go run ./bench/peers/step "$@"
