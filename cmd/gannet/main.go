// Command gannet trains generative adversarial networks, quantizes their generators and samples them.
package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/gannet-ml/gannet/cmd/internal/sampling"
	"github.com/gannet-ml/gannet/gan"
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

func usagef(format string, a ...any) error { return sampling.Usagef(format, a...) }

// alarmed is the exit code of a training run that was stopped because it had stopped learning, or diverged.
const alarmed = 3

// run executes one command line and returns the exit code: 0, 1 for a failure, 2 for wrong usage, 3 for an alarm.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	out := &sampling.Output{W: stdout}
	root.SetOut(out)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		err = out.Err()
	}
	code := sampling.Report(stderr, "gannet", err)
	if errors.As(err, new(*gan.Alarm)) || errors.Is(err, gan.ErrDiverged) {
		code = alarmed
	}
	return code
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
				return sampling.UsageError{Err: err}
			}
			return nil
		},
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usagef("%s: %w; see %s --help", c.Name(), err, c.CommandPath())
	})
	root.AddCommand(trainCommand(), exportCommand(), importCommand(), quantizeCommand(), shared(&sampling.Sample), shared(&sampling.Verify), shared(&sampling.Inspect),
		keygenCommand(), signCommand(), packCommand(),
		evalCommand(),
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
