package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// instruction is a line of a disassembly.
type instruction struct {
	at     uint64
	text   string // mnemonic and operands
	target uint64 // of a branch within the function, or 0
}

func (i instruction) mnemonic() string {
	name, _, _ := strings.Cut(i.text, " ")
	return name
}

// loop is the instructions from a branch's target to the branch.
type loop []instruction

var (
	objdumpLine   = regexp.MustCompile(`^\s*([0-9a-f]+):\s+(\S.*)$`)
	branchOperand = regexp.MustCompile(`0x([0-9a-f]+) <.*$`)
)

// parse reads the disassembly of one function.
func parse(text string) []instruction {
	var list []instruction
	for line := range strings.Lines(text) {
		m := objdumpLine.FindStringSubmatch(strings.TrimRight(line, "\n"))
		if m == nil {
			continue
		}
		i := instruction{text: strings.Join(strings.Fields(m[2]), " ")}
		i.at, _ = strconv.ParseUint(m[1], 16, 64)
		if t := branchOperand.FindStringSubmatch(i.text); t != nil && strings.HasPrefix(branchKind(i.mnemonic()), "b") {
			i.target, _ = strconv.ParseUint(t[1], 16, 64)
		}
		list = append(list, i)
	}
	return list
}

// branchKind is "b" for a branch that may begin or end a loop.
func branchKind(mnemonic string) string {
	switch {
	case mnemonic == "b" || strings.HasPrefix(mnemonic, "b.") || mnemonic == "cbz" || mnemonic == "cbnz" ||
		mnemonic == "tbz" || mnemonic == "tbnz":
		return "b"
	}
	return ""
}

// innermost returns the loops of a function that contain no other.
func innermost(list []instruction) []loop {
	type span struct{ from, to int }
	index := map[uint64]int{}
	for i, in := range list {
		index[in.at] = i
	}
	var spans []span
	for i, in := range list {
		if from, ok := index[in.target]; ok && in.target != 0 && from <= i {
			spans = append(spans, span{from, i})
		}
	}
	var loops []loop
	for _, s := range spans {
		inner := true
		for _, o := range spans {
			inner = inner && (o == s || o.from < s.from || o.to > s.to)
		}
		if inner {
			loops = append(loops, loop(list[s.from:s.to+1]))
		}
	}
	return loops
}

// multiplyAdds is how many products of two numbers an instruction adds up, by its mnemonic and the width of its result.
func (i instruction) multiplyAdds() int {
	_, operands, _ := strings.Cut(i.text, " ")
	_, form, _ := strings.Cut(operands, ".")
	form, _, _ = strings.Cut(form, ",")
	switch i.mnemonic() {
	case "fmla":
		return 4
	case "sdot", "udot", "usdot", "sudot":
		return 16
	case "smmla", "ummla", "usmmla":
		return 32
	case "smull", "smull2", "smlal", "smlal2", "umull", "umull2", "umlal", "umlal2":
		return map[string]int{"8h": 8, "4s": 4, "2d": 2}[form]
	}
	return 0
}

// works says that an instruction is part of the arithmetic: a multiply-add, or what adds up the products of one.
func (i instruction) works() bool {
	return i.multiplyAdds() > 0 || i.mnemonic() == "sadalp" || i.mnemonic() == "uadalp"
}

func (l loop) multiplyAdds() int {
	n := 0
	for _, i := range l {
		n += i.multiplyAdds()
	}
	return n
}

// find returns the first loop with so many multiply-adds, or, for none, the one with the most.
func find(loops []loop, multiplyAdds int) (loop, error) {
	var best loop
	for _, l := range loops {
		switch n := l.multiplyAdds(); {
		case multiplyAdds > 0 && n == multiplyAdds:
			return l, nil
		case multiplyAdds == 0 && n > best.multiplyAdds():
			best = l
		}
	}
	if best == nil {
		return nil, fmt.Errorf("no loop with %d multiply-adds among %d", multiplyAdds, len(loops))
	}
	return best, nil
}

// source writes the loop for an assembler.
func (l loop) source() string {
	var b strings.Builder
	b.WriteString("again:\n")
	for n, i := range l {
		text := i.text
		if i.target != 0 {
			label := "out"
			if n == len(l)-1 {
				label = "again"
			}
			text = branchOperand.ReplaceAllString(text, label)
		}
		b.WriteString("\t" + text + "\n")
	}
	b.WriteString("out:\n")
	return b.String()
}

var vectorRegister = regexp.MustCompile(`\bv\d+`)

// bound writes a loop of nothing but the arithmetic of l, and returns how many times that of l it is: where all is
// one kind of instruction, 24 of them that do not wait for each other, else the instructions as they are.
func (l loop) bound() (source string, share float64) {
	var work loop
	kinds := map[string]bool{}
	for _, i := range l {
		if i.works() {
			work = append(work, i)
			kinds[i.mnemonic()] = true
		}
	}
	if len(kinds) != 1 {
		return work.source(), 1
	}
	const chains = 24
	var b strings.Builder
	for n := range chains {
		first := true
		text := vectorRegister.ReplaceAllStringFunc(work[0].text, func(string) string {
			if first {
				first = false
				return fmt.Sprint("v", 8+n)
			}
			return "v0"
		})
		b.WriteString("\t" + text + "\n")
	}
	return b.String(), chains / float64(len(work))
}
