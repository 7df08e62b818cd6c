// Package function finds the primes up to a limit, by the sieve of Eratosthenes.
package function

type Input struct {
	Limit int `json:"limit"`
}

type Output struct {
	Count int  `json:"count"`
	Last  *int `json:"last"`
}

func Handle(input Input) Output {
	var output Output
	composite := make([]bool, input.Limit+1)
	for n := 2; n <= input.Limit; n++ {
		if composite[n] {
			continue
		}
		last := n
		output.Count, output.Last = output.Count+1, &last
		for multiple := n * n; multiple <= input.Limit; multiple += n {
			composite[multiple] = true
		}
	}
	return output
}
