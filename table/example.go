package table

import (
	"bufio"
	"io"
	"math"

	"github.com/gannet-ml/gannet/kernels"
)

// streamExample is where the random numbers of Example begin.
const streamExample uint32 = 0x720

// towns are the categories of the example's column town, with their shares in percent and the country that each is in: 2 % are
// in one town, and the town says the country.
var towns = []struct {
	name, country string
	share         uint32
}{{"Lisbon", "PT", 40}, {"Oslo", "NO", 25}, {"Bergen, West", "NO", 15}, {`Porto "Norte"`, "PT", 12}, {"Turku", "FI", 6}, {"Gozo", "MT", 2}}

var schooling = []string{"none", "school", "bachelor", "master", "doctor"}

// Example writes a table of invented people whose joint distribution is known: two ages, 32 and 58 years; a spike of 40 hours of
// work; an income in thousands that schooling and hours make; a rare town, and the country that each town is in; a home that
// age and income decide about; and a score with two bumps, which depends on the home and is missing for some, more often in
// Turku. Each row is a function of the seed and its number.
func Example(out io.Writer, rows int, seed uint64) error {
	w := bufio.NewWriter(out)
	w.WriteString("age,schooling,town,country,hours,\"income, k\",owns home,score\n")
	var line []byte
	var u [8]uint32
	var normal [5]float32
	for i := range uint64(rows) {
		kernels.Uint32s(u[:], seed, streamExample, i*uint64(len(u)))
		kernels.Normal(normal[:], 1, seed, streamExample+1, i*uint64(len(normal)))
		n := func(j int, mean, std float64) float64 { return mean + float64(std*float64(normal[j])) }
		chance := func(j int) float64 { return float64(u[j]) * 0x1p-32 }
		town := 0
		for below := u[0] % 100; below >= towns[town].share; town++ {
			below -= towns[town].share
		}
		age := n(0, 32, 6)
		if chance(1) < 0.4 {
			age = n(0, 58, 5)
		}
		age = math.Round(min(max(age, 18), 85))
		level := 0
		bias := 0.0
		if towns[town].country == "NO" {
			bias = 0.12
		}
		for _, p := range []float64{0.06, 0.4, 0.75, 0.95} {
			if chance(2)+bias > p {
				level++
			}
		}
		hours := 40.0
		if chance(3) > 0.45 {
			hours = n(1, 34, 8)
			if age > 60 {
				hours -= 12
			}
			hours = math.Round(min(max(hours, 4), 80))
		}
		pay := []float64{16, 22, 31, 38, 52}[level]
		income := max(1, float64(pay*hours)/40+n(2, 0, 2.5))
		home := float64(0.08*(age-44))+float64(0.06*(income-28))+n(3, 0, 0.7) > 0
		score := n(4, 3, 0.7)
		if happy := chance(4); home && happy < 0.75 || happy < 0.35 {
			score = n(4, 7.5, 0.6)
		}
		gone := 0.05
		if towns[town].name == "Turku" {
			gone = 0.3
		}
		line = appendNumber(line[:0], age, 0)
		line = append(append(line, ','), schooling[level]...)
		line = appendText(append(line, ','), towns[town].name)
		line = append(append(line, ','), towns[town].country...)
		line = appendNumber(append(line, ','), hours, 0)
		line = appendNumber(append(line, ','), income, 2)
		line = append(line, map[bool]string{false: ",no,", true: ",yes,"}[home]...)
		if chance(5) >= gone {
			line = appendNumber(line, score, 1)
		}
		w.Write(append(line, '\n'))
	}
	return w.Flush()
}
