package graph

import (
	"cmp"
	"slices"
)

// lifetime is a buffer to be placed: it is written by step first and read last by step last.
type lifetime struct {
	v           Value
	size        int
	first, last int
	offset      int
}

// place gives every computed value its memory in one arena.
func (c *compiler) place() {
	list := c.lifetimes()
	size := assignOffsets(list)
	arena := c.opt.Arena
	if len(arena) < size {
		arena = aligned(size)
	}
	c.p.arena = arena[:size]
	for _, l := range list {
		c.buffer[l.v] = arena[l.offset : l.offset+l.size : l.offset+l.size]
	}
}

// lifetimes lists the computed values.
func (c *compiler) lifetimes() []*lifetime {
	lives := map[Value]*lifetime{}
	for i, s := range c.steps {
		for _, v := range s.outs {
			if c.alias[v] != v {
				continue // it replaces what it was added to
			}
			t := c.b.Type(v)
			lives[v] = &lifetime{v: v, size: (t.S.Numel()*t.D.Size() + 63) &^ 63, first: i, last: i}
		}
	}
	for i, s := range c.steps {
		for _, v := range s.in {
			if l := lives[c.alias[v]]; l != nil {
				l.last = max(l.last, i)
			}
		}
	}
	for _, o := range c.b.outputs {
		if l := lives[c.alias[o.v]]; l != nil {
			l.last = len(c.steps)
		}
	}
	var list []*lifetime
	for _, l := range lives {
		list = append(list, l)
	}
	return list
}

// assignOffsets sets the offsets of the buffers, largest first, each at the lowest at which nothing that lives at the same
// time lies, and returns the size of the arena.
func assignOffsets(list []*lifetime) int {
	slices.SortFunc(list, func(a, b *lifetime) int {
		return cmp.Or(cmp.Compare(b.size, a.size), cmp.Compare(a.first, b.first), cmp.Compare(a.v, b.v))
	})
	total := 0
	var placed []*lifetime // by offset
	for _, l := range list {
		l.offset = 0
		for _, p := range placed {
			if p.last < l.first || l.last < p.first {
				continue
			}
			if l.offset+l.size <= p.offset {
				break
			}
			l.offset = max(l.offset, p.offset+p.size)
		}
		at, _ := slices.BinarySearchFunc(placed, l.offset, func(p *lifetime, o int) int { return cmp.Compare(p.offset, o) })
		placed = slices.Insert(placed, at, l)
		total = max(total, l.offset+l.size)
	}
	return total
}
