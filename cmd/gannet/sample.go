package main

import (
	"github.com/gannet-ml/gannet/cmd/internal/sampling"
	"github.com/gannet-ml/gannet/kernels"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// shared is a command that gannet-sample has too.
func shared(s *sampling.Command) *cobra.Command {
	c := &cobra.Command{Use: s.Name + " MODEL", Short: s.Short, Long: s.Long, Example: s.Example, Args: exactly(1, "MODEL")}
	run := s.Declare(shortFlags{c.Flags()})
	c.RunE = func(c *cobra.Command, args []string) error { return run(args[0], c.OutOrStdout()) }
	return c
}

// shortFlags declares flags with their shorthands.
type shortFlags struct{ *pflag.FlagSet }

func (f shortFlags) IntVar(p *int, name string, value int, usage string) {
	f.IntVarP(p, name, sampling.Shorthands[name], value, usage)
}

func (f shortFlags) StringVar(p *string, name string, value string, usage string) {
	f.StringVarP(p, name, sampling.Shorthands[name], value, usage)
}

// allThreads is a pool of n threads, or of all.
func allThreads(n int) *kernels.Pool {
	if n == 0 {
		n = 1 << 10
	}
	return kernels.NewPool(n)
}
