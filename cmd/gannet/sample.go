package main

import (
	"github.com/gannet-ml/gannet/cmd/internal/sampling"
	"github.com/gannet-ml/gannet/kernels"
	"github.com/spf13/cobra"
)

// shared is a command that gannet-sample has too.
func shared(s *sampling.Command) *cobra.Command {
	c := &cobra.Command{Use: s.Name + " MODEL", Short: s.Short, Long: s.Long, Example: s.Example, Args: exactly(1, "MODEL")}
	run := s.Declare(c.Flags())
	c.RunE = func(c *cobra.Command, args []string) error { return run(args[0], c.OutOrStdout()) }
	return c
}

// allThreads is a pool of n threads, or of all.
func allThreads(n int) *kernels.Pool {
	if n == 0 {
		n = 1 << 10
	}
	return kernels.NewPool(n)
}
