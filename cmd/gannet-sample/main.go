// Command gannet-sample draws pictures from gannet's models, and checks and measures them: what a device needs, on the
// standard library and x/sys alone. Its commands are those of gannet.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/gannet-ml/gannet/cmd/internal/sampling"
	"github.com/gannet-ml/gannet/kernels"
)

// version is set when a release is built.
var version = "devel"

var commands = []*sampling.Command{&sampling.Sample, &sampling.Verify, &sampling.Inspect, &sampling.Bench}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run executes one command line and returns the exit code: 0, 1 for a failure, 2 for wrong usage.
func run(args []string, stdout, stderr io.Writer) int {
	out := &sampling.Output{W: stdout}
	err := execute(args, out)
	if err == nil {
		err = out.Err()
	}
	return sampling.Report(stderr, "gannet-sample", err)
}

func execute(args []string, out io.Writer) error {
	if err := kernels.EnvError(); err != nil {
		return sampling.UsageError{Err: err}
	}
	switch name := first(args); name {
	case "", "help", "--help", "-help", "-h":
		help(out)
		return nil
	case "--version", "-version", "version":
		fmt.Fprintf(out, "gannet-sample version %s\n", version)
		return nil
	default:
		for _, c := range commands {
			if c.Name == name {
				return invoke(c, args[1:], out)
			}
		}
		return sampling.Usagef("unknown command %q; see gannet-sample --help", name)
	}
}

// shortFlags declares flags with their shorthands, which are flags of one letter.
type shortFlags struct{ *flag.FlagSet }

func (f shortFlags) IntVar(p *int, name string, value int, usage string) {
	f.FlagSet.IntVar(p, name, value, usage)
	if short := sampling.Shorthands[name]; short != "" {
		f.FlagSet.IntVar(p, short, value, usage)
	}
}

func (f shortFlags) StringVar(p *string, name string, value string, usage string) {
	f.FlagSet.StringVar(p, name, value, usage)
	if short := sampling.Shorthands[name]; short != "" {
		f.FlagSet.StringVar(p, short, value, usage)
	}
}

func first(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}

// invoke parses the flags of a command, which may stand before and after the model, and runs it.
func invoke(c *sampling.Command, args []string, out io.Writer) error {
	f := flag.NewFlagSet(c.Name, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	run := c.Declare(shortFlags{f})
	var names []string
	for {
		switch err := f.Parse(args); {
		case errors.Is(err, flag.ErrHelp):
			commandHelp(out, c, f)
			return nil
		case err != nil:
			return sampling.Usagef("%s: %w; see gannet-sample %s --help", c.Name, err, c.Name)
		}
		rest := f.Args()
		if parsed := len(args) - len(rest); len(rest) == 0 || parsed > 0 && args[parsed-1] == "--" {
			names = append(names, rest...) // all that follows -- are names
			break
		}
		names, args = append(names, rest[0]), rest[1:]
	}
	if len(names) != 1 {
		return sampling.Usagef("%s: %d arguments, want MODEL; see gannet-sample %s --help", c.Name, len(names), c.Name)
	}
	return run(names[0], out)
}

func help(out io.Writer) {
	fmt.Fprint(out, "Draw pictures from gannet's models\n\nUsage:\n  gannet-sample COMMAND MODEL [flags]\n\nCommands:\n")
	for _, c := range commands {
		fmt.Fprintf(out, "  %-8s %s\n", c.Name, c.Short)
	}
	fmt.Fprint(out, "\ngannet-sample COMMAND --help shows the flags; gannet-sample --version the version.\n")
}

func commandHelp(out io.Writer, c *sampling.Command, f *flag.FlagSet) {
	fmt.Fprintf(out, "%s\n\nUsage:\n  gannet-sample %s MODEL [flags]\n\nExamples:\n%s\n\nFlags:\n", c.Long, c.Name,
		strings.ReplaceAll(c.Example, "gannet ", "gannet-sample "))
	f.VisitAll(func(fl *flag.Flag) {
		if len(fl.Name) == 1 {
			return // said beside the long name
		}
		kind, usage := flag.UnquoteUsage(fl)
		lead := "    "
		if short := sampling.Shorthands[fl.Name]; short != "" {
			lead = "-" + short + ", "
		}
		if fl.DefValue != "" && fl.DefValue != "0" && fl.DefValue != "false" {
			usage += fmt.Sprintf(" (default %s)", fl.DefValue)
		}
		fmt.Fprintf(out, "  %s--%-18s %s\n", lead, strings.TrimSpace(fl.Name+" "+kind), usage)
	})
}
