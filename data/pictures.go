package data

import (
	"archive/zip"
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	_ "image/gif" // image.Decode reads the formats that are imported
	_ "image/jpeg"
	_ "image/png"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	_ "golang.org/x/image/webp"
)

// Limits of one picture: of its file, and of what it is decoded to. All pictures that are decoded at the same time are
// together not larger than the largest one may be.
const (
	maxPictureFile   = 1 << 26 // bytes
	maxPicturePixels = 1 << 26
)

// Bad is a picture that could not be read.
type Bad struct {
	Name string // path in the folder or archive
	Err  error
}

// pictures is a source of picture files in a folder or an archive. Those that fit into a bounded memory are decoded once, the
// others each time that they are asked for.
type pictures struct {
	fsys   fs.FS
	info   Info
	files  []pictureFile
	cache  []uint8 // the first pictures
	sums   []sum   // of each picture and its label
	pixels budget
}

type pictureFile struct {
	name  string
	label uint8
}

func (p *pictures) Info() Info { return p.info }

func (p *pictures) Picture(dst []uint8, i int) (label uint8, err error) {
	size := p.info.Size()
	if (i+1)*size <= len(p.cache) {
		copy(dst, p.cache[i*size:])
		return p.files[i].label, nil
	}
	return p.files[i].label, p.read(dst, i)
}

// read decodes picture i.
func (p *pictures) read(dst []uint8, i int) error {
	img, free, err := p.decode(p.files[i].name)
	if err != nil {
		return err
	}
	defer free()
	square(dst, img, p.info.H, p.info.C)
	return nil
}

// decode reads a file. free must be called when the picture is no longer needed.
func (p *pictures) decode(name string) (img image.Image, free func(), err error) {
	fail := func(err error) (image.Image, func(), error) { return nil, nil, fmt.Errorf("%s: %w", name, err) }
	b, err := readFile(p.fsys, name)
	if err != nil {
		return fail(err)
	}
	head, _, err := image.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return fail(err)
	}
	if head.Width < 1 || head.Height < 1 || head.Width > maxPicturePixels/head.Height {
		return fail(fmt.Errorf("a picture of %dx%d; want 1 to %d pixels", head.Width, head.Height, maxPicturePixels))
	}
	n := int64(head.Width * head.Height)
	p.pixels.take(n)
	defer func() {
		if r := recover(); r != nil { // a decoder's bug is that picture's error
			err = fmt.Errorf("%s: the decoder fails: %v", name, r)
		}
		if err != nil {
			p.pixels.give(n)
		}
	}()
	if img, _, err = image.Decode(bytes.NewReader(b)); err != nil {
		err = fmt.Errorf("%s: %w", name, err)
		return nil, nil, err
	}
	if img.Bounds().Empty() {
		err = fmt.Errorf("%s: an empty picture", name)
		return nil, nil, err
	}
	return img, func() { p.pixels.give(n) }, nil
}

// readFile reads a file of bounded size, also where an archive lies about it.
func readFile(fsys fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(fsys, name) // before it is opened: to open a pipe is to wait for its writer
	if err != nil {
		return nil, reason(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	if info.Size() > maxPictureFile {
		return nil, fmt.Errorf("more than %d bytes", maxPictureFile)
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, reason(err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxPictureFile+1))
	if err != nil {
		return nil, reason(err)
	}
	if len(b) > maxPictureFile {
		return nil, fmt.Errorf("more than %d bytes", maxPictureFile)
	}
	return b, nil
}

// reason is an error without the path that the caller names.
func reason(err error) error {
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// budget bounds the pixels that are decoded at the same time.
type budget struct {
	mu   sync.Mutex
	used int64
	free *sync.Cond
}

func (b *budget) take(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.free == nil {
		b.free = sync.NewCond(&b.mu)
	}
	for b.used > 0 && b.used+n > maxPicturePixels {
		b.free.Wait()
	}
	b.used += n
}

func (b *budget) give(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used -= n
	b.free.Broadcast()
}

var pictureEndings = []string{".png", ".jpg", ".jpeg", ".gif", ".webp"}

// openPictures looks at every picture of a folder or archive.
func openPictures(fsys fs.FS, o *Options) (*Dataset, error) {
	p := &pictures{fsys: fsys}
	d := &Dataset{Source: p}
	others, err := p.list()
	if err != nil {
		return nil, err
	}
	if len(p.files) == 0 {
		return nil, fmt.Errorf("no pictures (%s) among %d files", strings.Join(pictureEndings, ", "), others)
	}
	d.Classes = p.classes()
	size, c, err := p.choose(o)
	if err != nil {
		return nil, err
	}
	p.info = Info{N: len(p.files), H: size, W: size, C: c, Classes: len(d.Classes)}
	if d.Skipped = p.readAll(o); len(d.Skipped) > 0 {
		first := d.Skipped[0]
		switch n := len(d.Skipped); {
		case p.info.N == 0:
			return nil, fmt.Errorf("all %d pictures are bad; the first: %w", n, first.Err)
		case o.Strict && n > 1:
			return nil, fmt.Errorf("%w (and %d more bad pictures)", first.Err, n-1)
		case o.Strict:
			return nil, first.Err
		}
	}
	d.note("%d pictures, their largest middle square resized to %dx%d (bicubic), %s", p.info.N, size, size, channelNames[c])
	if others > 0 {
		d.note("%d files are no pictures by their names and were ignored", others)
	}
	if d.Classes != nil {
		d.note("%d classes, the folders: %s", len(d.Classes), strings.Join(d.Classes, ", "))
	}
	if kept := len(p.cache) / p.info.Size(); kept == p.info.N {
		set := &Set{N: p.info.N, H: size, W: size, C: c, Images: p.cache}
		if d.Classes != nil {
			for _, f := range p.files {
				set.Labels = append(set.Labels, f.label)
			}
		}
		d.Source = set
	} else {
		d.note("%d pictures are kept decoded in %d MiB of memory, the others are read again in every epoch", kept, o.Memory>>20)
	}
	return d, nil
}

var channelNames = []string{1: "grey, transparent pixels on white", 2: "grey and alpha", 3: "RGB, transparent pixels on white", 4: "RGBA"}

// list finds the picture files, in the order of their names, and counts the others. What is hidden, and the rubbish of
// archives made on a Mac, is neither.
func (p *pictures) list() (others int, err error) {
	err = fs.WalkDir(p.fsys, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := path.Base(name)
		switch {
		case name == ".":
		case strings.HasPrefix(base, ".") || base == "__MACOSX":
			if e.IsDir() {
				return fs.SkipDir
			}
		case e.IsDir():
		case slices.Contains(pictureEndings, strings.ToLower(path.Ext(base))):
			p.files = append(p.files, pictureFile{name: name})
		default:
			others++
		}
		return nil
	})
	slices.SortFunc(p.files, func(a, b pictureFile) int { return strings.Compare(a.name, b.name) })
	return others, err
}

// classes labels the pictures by their subfolders, in alphabetical order, and returns their names. A folder that holds all
// pictures is no class. There are no classes where pictures lie beside the folders, or more than 256 folders.
func (p *pictures) classes() []string {
	rest := make([]string, len(p.files))
	for i, f := range p.files {
		rest[i] = f.name
	}
	for {
		var names []string
		for _, r := range rest {
			dir, _, below := strings.Cut(r, "/")
			if !below {
				return nil
			}
			if len(names) == 0 || names[len(names)-1] != dir {
				names = append(names, dir)
			}
		}
		slices.Sort(names)
		names = slices.Compact(names)
		if len(names) > 256 {
			return nil
		}
		if len(names) > 1 {
			for i, r := range rest {
				dir, _, _ := strings.Cut(r, "/")
				at, _ := slices.BinarySearch(names, dir)
				p.files[i].label = uint8(at)
			}
			return names
		}
		for i, r := range rest {
			_, rest[i], _ = strings.Cut(r, "/")
		}
	}
}

// choose returns the size and the channels that the options ask for, or else those of the first picture that can be read.
func (p *pictures) choose(o *Options) (size, c int, err error) {
	size, c = o.Size, o.Channels
	if size > 0 && c > 0 {
		return size, c, nil
	}
	var first error
	for _, f := range p.files {
		img, free, err := p.decode(f.name)
		if err != nil {
			first = cmp.Or(first, err)
			continue
		}
		b := img.Bounds()
		if size == 0 {
			size = max(minSize, min(maxSize, b.Dx(), b.Dy()))
		}
		if c == 0 {
			c = 3
			switch img.(type) {
			case *image.Gray, *image.Gray16:
				c = 1
			}
		}
		free()
		return size, c, nil
	}
	return 0, 0, fmt.Errorf("all %d pictures are bad; the first: %w", len(p.files), first)
}

// readAll decodes every picture once, keeps those that fit into memory, and removes the bad ones.
func (p *pictures) readAll(o *Options) (bad []Bad) {
	size := p.info.Size()
	kept := min(len(p.files), int(o.Memory/int64(size)))
	p.cache, p.sums = make([]uint8, kept*size), make([]sum, len(p.files))
	errs := make([]error, len(p.files))
	var next, done atomic.Int64
	var wg sync.WaitGroup
	for range max(1, o.Workers) {
		wg.Go(func() {
			spare := make([]uint8, size+1)
			for {
				i := int(next.Add(1)) - 1
				if i >= len(p.files) {
					return
				}
				errs[i] = p.read(spare[:size], i)
				spare[size] = p.files[i].label
				p.sums[i] = sha256.Sum256(spare)
				if i < kept {
					copy(p.cache[i*size:], spare[:size])
				}
				done.Add(1)
			}
		})
	}
	finished := make(chan struct{})
	go func() { wg.Wait(); close(finished) }()
	tick := time.NewTicker(2 * time.Second)
	defer tick.Stop()
	for waiting := true; waiting; {
		select {
		case <-finished:
			waiting = false
		case <-tick.C:
			if o.Progress != nil {
				o.Progress(int(done.Load()), len(p.files))
			}
		}
	}
	n, cached := 0, 0
	for i, f := range p.files {
		if errs[i] != nil {
			bad = append(bad, Bad{f.name, errs[i]})
			continue
		}
		if i < kept {
			copy(p.cache[n*size:][:size], p.cache[i*size:])
			cached++
		}
		p.files[n], p.sums[n] = f, p.sums[i]
		n++
	}
	p.files, p.sums, p.cache, p.info.N = p.files[:n], p.sums[:n], p.cache[:cached*size], n
	return bad
}

// openZip opens an archive of pictures. Nothing of it is written anywhere, so its names are only names.
func openZip(name string, o *Options) (*Dataset, error) {
	z, err := zip.OpenReader(name)
	if err != nil {
		return nil, fmt.Errorf("zip: %w", reason(err))
	}
	d, err := openPictures(z, o)
	if err != nil {
		z.Close()
		return nil, err
	}
	d.close = z.Close
	return d, nil
}
