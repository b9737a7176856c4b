// Command results reruns what docs/results says about the quality of generators, item by item, and rewrites its pages and
// README's table:
//
//	go run ./bench/results                    # all that is not finished
//	go run ./bench/results -list              # what there is
//	go run ./bench/results ring8 paper-mnist
//	go run ./bench/results -match "seed 3" grid25
//
// A run whose figures stand in docs/results/ITEM.json, made with the recipe as it is today, is not made again: remove its
// line, or the file, to repeat it. A run that was interrupted goes on where it was, in its folder under runs/results.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"github.com/gannet-ml/gannet/kernels"
)

func main() {
	log.SetFlags(0)
	var (
		docs    = flag.String("docs", "docs/results", "folder of the pages")
		readme  = flag.String("readme", "README.md", "the file with the table of all items; empty: none")
		runs    = flag.String("runs", "runs/results", "folder of the run folders")
		threads = flag.Int("threads", 0, "threads (default: all; the figures are the same)")
		list    = flag.Bool("list", false, "print the items and what is finished, and run nothing")
		match   = flag.String("match", "", "make only the runs whose label, as -list prints it, contains this")
		pages   = flag.Bool("pages", false, "write the pages from the figures that are there, and run nothing")
	)
	flag.Parse()
	chosen, err := choose(items(), flag.Args())
	if err != nil {
		log.Println(err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	n := *threads
	if n == 0 {
		n = runtime.GOMAXPROCS(0)
	}
	l := &lab{all: items(), docs: *docs, readme: *readme, runs: *runs, match: *match, threads: n, pool: kernels.NewPool(n)}
	defer l.pool.Close()
	for _, it := range chosen {
		switch {
		case *list:
			err = l.list(&it)
		case *pages:
			err = l.pages(&it)
		default:
			err = l.item(ctx, &it)
		}
		if errors.Is(err, context.Canceled) {
			log.Fatal("interrupted; the same command goes on from here")
		}
		if err != nil {
			log.Fatalf("%s: %v", it.name, err)
		}
	}
}

// choose returns the items of the given names; all of them if there are none.
func choose(all []item, names []string) ([]item, error) {
	if len(names) == 0 {
		return all, nil
	}
	var chosen []item
	for _, name := range names {
		found := false
		for _, it := range all {
			if it.name == name {
				chosen, found = append(chosen, it), true
			}
		}
		if !found {
			var known []string
			for _, it := range all {
				known = append(known, it.name)
			}
			return nil, fmt.Errorf("results: no item is called %q (there are %s)", name, strings.Join(known, ", "))
		}
	}
	return chosen, nil
}

// list prints which runs of an item are finished.
func (l *lab) list(it *item) error {
	f, err := l.read(it)
	if err != nil {
		return err
	}
	for i := range it.runs {
		recipe, err := it.runs[i].recipe()
		if err != nil {
			return err
		}
		state := "to do"
		if f.find(&it.runs[i], recipe) != nil {
			state = "finished"
		} else if _, err := os.Stat(filepath.Join(l.folder(it, &it.runs[i], recipe), "log.jsonl")); err == nil {
			state = "begun"
		}
		fmt.Printf("%-16s %-40s %s\n", it.name, it.runs[i].label(), state)
	}
	return nil
}
