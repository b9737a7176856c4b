package main

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"github.com/gannet-ml/gannet/cmd/internal/sampling"
	"github.com/gannet-ml/gannet/kernels"
	"github.com/gannet-ml/gannet/model"
	"github.com/gannet-ml/gannet/model/zst"
	"github.com/spf13/cobra"
)

func keygenCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "keygen KEY",
		Short: "Make a pair of keys to sign models with",
		Long: `Keygen makes an Ed25519 key and writes it into the file KEY, which only you can read, and the public key that goes with it into
KEY.pub. Both are PEM, as OpenSSL writes them (openssl genpkey -algorithm ed25519). Neither file is replaced if it exists.`,
		Example: "  gannet keygen studio.key",
		Args:    exactly(1, "KEY"),
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		key, err := model.NewKey(args[0])
		if err != nil {
			return err
		}
		fmt.Fprintf(c.OutOrStdout(), "%s: keep it to yourself\n%s.pub: the public key, %s\n", args[0], args[0], model.KeyName(key))
		return nil
	}
	return c
}

func signCommand() *cobra.Command {
	var key, out string
	c := &cobra.Command{
		Use:   "sign MODEL --key KEY",
		Short: "Sign a model",
		Long: `Sign puts an Ed25519 signature into the metadata of a model: of its graph, its hashes, all other metadata and every weight. The
file stays a safetensors file. Whoever loads it finds out when the signature is not one of this content;
--require-signature KEY.pub of sample and verify demands whose it is. A signature that was there is replaced. A
model whose packed weights contradict the plain ones is refused, where this machine has their tier.`,
		Example: `  gannet sign digits-int8.safetensors --key studio.key
  gannet-sample verify digits-int8.safetensors --require-signature studio.key.pub`,
		Args: exactly(1, "MODEL"),
	}
	c.Flags().StringVar(&key, "key", "", "the private key (PEM), as gannet keygen makes it")
	c.Flags().StringVarP(&out, "output", "o", "", "the file to write (default: MODEL itself)")
	c.RunE = func(c *cobra.Command, args []string) error {
		if key == "" {
			return usagef("sign: --key KEY is needed; gannet keygen makes one")
		}
		private, err := model.ReadPrivateKey(key)
		if err != nil {
			return err
		}
		if out == "" {
			out = args[0]
		}
		return model.Sign(args[0], out, private)
	}
	return c
}

// mostUnpacked bounds a model that is unpacked where --max-memory does not.
const mostUnpacked = 4 << 30

func packCommand() *cobra.Command {
	var out, tier string
	var compress bool
	var limit sampling.Limit
	c := &cobra.Command{
		Use:   "pack MODEL -o OUT",
		Short: "Prepare a model for shipping, or unpack one",
		Long: `Pack writes a model in another form of the same pictures. --tier adds its weights as the kernels of that tier read them, so that a
program there need not make that form, nor keep it in memory of its own; other tiers leave it alone. --zstd compresses the file; without it a compressed MODEL is unpacked, which it must
be where it is sampled. --tier changes the content, so it drops a signature; compressing keeps it.`,
		Example: `  gannet pack generator.safetensors -o board.safetensors --tier avx2
  gannet pack generator.safetensors -o generator.safetensors.zst --zstd
  gannet pack generator.safetensors.zst -o generator.safetensors`,
		Args: exactly(1, "MODEL"),
	}
	c.Flags().StringVarP(&out, "output", "o", "", "the file to write")
	c.Flags().StringVar(&tier, "tier", "", "add the packed weights of this tier (gannet bench --tiers lists them); none: drop them")
	c.Flags().BoolVar(&compress, "zstd", false, "compress")
	limit.Declare(c.Flags())
	c.RunE = func(c *cobra.Command, args []string) error {
		if out == "" {
			return usagef("pack: -o OUT is needed")
		}
		most, err := limit.Bytes()
		if err != nil {
			return err
		}
		if most == 0 {
			most = mostUnpacked
		}
		return pack(args[0], out, tier, compress, most)
	}
	return c
}

// pack writes a model in the form that is asked for. No more than most bytes are unpacked.
func pack(path, out, tier string, compress bool, most int64) error {
	if info, err := os.Stat(path); err != nil {
		return err
	} else if !info.Mode().IsRegular() || info.Size() > most {
		return fmt.Errorf("%s: not a regular file, or larger than the %s that are allowed", path, sampling.Size(most))
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	compressed := model.IsCompressed(b)
	if compressed {
		if b, err = zst.Decompress(b, most); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	if !compressed && !compress && tier == "" {
		return usagef("pack: %s is not compressed: say --zstd, --tier or both", path)
	}
	m, err := model.Decode(b)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if tier != "" {
		if b, err = packed(m, tier); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	if compress {
		if b, err = zst.Compress(b); err != nil {
			return err
		}
	}
	return model.Atomically(out, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
}

// packed is the file of a model with its packed forms for a tier.
func packed(m *model.Model, tier string) ([]byte, error) {
	var b bytes.Buffer
	if tier == "none" {
		err := model.Encode(&b, m)
		return b.Bytes(), err
	}
	restore, err := kernels.Force(tier)
	if err != nil {
		return nil, sampling.UsageError{Err: err}
	}
	defer restore()
	err = model.Pack(&b, m)
	return b.Bytes(), err
}
