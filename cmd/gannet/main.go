// Command gannet trains generative adversarial networks, quantizes their generators and samples them.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/gannet-ml/gannet/kernels"
	"github.com/spf13/cobra"
)

// version is set when a release is built.
var version = "devel"

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}

// untilInterrupt is a context that the first Ctrl-C or SIGTERM ends, for commands with something to save. The second ends
// the process.
func untilInterrupt(parent context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(parent, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// usageError is a mistake on the command line: exit code 2.
type usageError struct{ error }

func usagef(format string, a ...any) error { return usageError{fmt.Errorf(format, a...)} }

// run executes one command line and returns the exit code: 0, 1 for a failure, 2 for wrong usage.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	out := &faultWriter{w: stdout}
	root.SetOut(out)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil && out.err != nil {
		err = fmt.Errorf("standard output: %w", out.err)
	}
	if err == nil {
		return 0
	}
	// One line, also where a name or another program's message has several.
	fmt.Fprintf(stderr, "gannet: %s\n", strings.NewReplacer("\n\t", " ", "\n", " ").Replace(err.Error()))
	if errors.As(err, new(usageError)) {
		return 2
	}
	return 1
}

// faultWriter remembers the first failure, so that prints need no check of their own.
type faultWriter struct {
	w   io.Writer
	err error
}

func (f *faultWriter) Write(b []byte) (int, error) {
	n, err := f.w.Write(b)
	if f.err == nil {
		f.err = err
	}
	return n, err
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "gannet",
		Short:         "Train generative adversarial networks, quantize their generators, sample them anywhere",
		Example:       "  gannet demo",
		Version:       version,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("unknown command %q; see gannet --help", args[0])
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
		PersistentPreRunE: func(*cobra.Command, []string) error {
			if err := kernels.EnvError(); err != nil {
				return usageError{err}
			}
			return nil
		},
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usagef("%s: %w; see %s --help", c.Name(), err, c.CommandPath())
	})
	root.AddCommand(trainCommand(), quantizeCommand(), sampleCommand(), verifyCommand(), inspectCommand(), evalCommand(),
		benchCommand(), demoCommand())
	return root
}

// exactly wants n arguments, called what.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != n {
			return usagef("%s: %d arguments, want %s; see %s --help", c.Name(), len(args), what, c.CommandPath())
		}
		return nil
	}
}
