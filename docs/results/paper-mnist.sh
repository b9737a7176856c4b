#!/bin/sh
# Trains paper-mnist and scores it every five epochs (2,500 steps), with the commands that everybody has. Prints one JSON
# object a score. Interrupt it and start it again: it goes on where it was.
#
#	docs/results/paper-mnist.sh RUN_FOLDER [EPOCHS] > docs/results/paper-mnist.jsonl
set -eu
run=$1
epochs=${2:-50}
gannet=${GANNET:-"go run ./cmd/gannet"}
epoch=5
while [ "$epoch" -le "$epochs" ]; do
	if [ -e "$run/training_options.json" ]; then
		$gannet train --resume "$run" --steps $((epoch * 500)) >/dev/null
	else
		$gannet train --preset paper-mnist --outdir "$run" --steps $((epoch * 500)) >/dev/null
	fi
	printf '{"epoch":%d,"score":%s}\n' "$epoch" "$($gannet eval "$run/generator.safetensors" --metric parzen --json)"
	epoch=$((epoch + 5))
done
