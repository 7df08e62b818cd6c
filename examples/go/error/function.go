// Package function divides, and fails where that means nothing.
package function

import "errors"

var errDivision = errors.New("cannot divide by zero")

type Input struct {
	Dividend float64 `json:"dividend"`
	Divisor  float64 `json:"divisor"`
}

type Output struct {
	Quotient float64 `json:"quotient"`
}

func Handle(input Input) (Output, error) {
	if input.Divisor == 0 {
		return Output{}, errDivision
	}
	return Output{Quotient: input.Dividend / input.Divisor}, nil
}
