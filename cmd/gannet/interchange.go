package main

import (
	"fmt"

	"github.com/gannet-ml/gannet/gan"
	"github.com/spf13/cobra"
)

func exportCommand() *cobra.Command {
	var to, out string
	c := &cobra.Command{
		Use:   "export RUN --to torch -o FILE",
		Short: "Take a run to PyTorch",
		Long: `Export writes the newest checkpoint of a run folder, generator, discriminator, average and optimizer state, as safetensors
with PyTorch's names and layouts: G.0.weight [out, in], convolutions [out, in, height, width], optimizer.state.NAME.exp_avg.
A picture that a network flattens is in the order height, width, channels. testdata/torch_continue.py in the source shows
what a script does with such a file; gannet import brings the result home.`,
		Example: "  gannet export runs/digits --to torch -o digits-torch.safetensors",
		Args:    exactly(1, "RUN"),
	}
	c.Flags().StringVar(&to, "to", "torch", "whose names and layouts: torch")
	c.Flags().StringVarP(&out, "output", "o", "", "the file to write")
	c.RunE = func(c *cobra.Command, args []string) error {
		if to != "torch" {
			return usagef("export: --to %q; want torch", to)
		}
		if out == "" {
			return usagef("export: say where to: -o FILE")
		}
		if err := gan.ExportTorch(args[0], out); err != nil {
			return err
		}
		fmt.Fprintf(c.OutOrStdout(), "%s: the run in %s with PyTorch's names and layouts\n", out, args[0])
		return nil
	}
	return c
}

func importCommand() *cobra.Command {
	var outDir string
	c := &cobra.Command{
		Use:   "import FILE --outdir RUN",
		Short: "Bring a run back from PyTorch",
		Long: `Import makes of a file with the tensors that gannet export wrote, as PyTorch has changed them, a checkpoint of the run folder
that they came from, or of a copy of it. The step is that of Adam's state, or of the file's metadata. gannet train --resume
goes on from there, or only writes the generator where no steps are left.`,
		Example: `  gannet import digits-back.safetensors --outdir runs/digits
  gannet train --resume runs/digits`,
		Args: exactly(1, "FILE"),
	}
	c.Flags().StringVar(&outDir, "outdir", "", "the run folder")
	c.RunE = func(c *cobra.Command, args []string) error {
		if outDir == "" {
			return usagef("import: say which run it is: --outdir RUN")
		}
		step, err := gan.ImportTorch(outDir, args[0])
		if err != nil {
			return err
		}
		fmt.Fprintf(c.OutOrStdout(), "the run is at step %d; continue with: gannet train --resume %s\n", step, outDir)
		return nil
	}
	return c
}
