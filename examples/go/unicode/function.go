// Package function reverses a text by code points, and measures it.
package function

import "slices"

type Input struct {
	Text string `json:"text"`
}

type Output struct {
	Reversed   string `json:"reversed"`
	Characters int    `json:"characters"`
	Bytes      int    `json:"bytes"`
}

func Handle(input Input) Output {
	characters := []rune(input.Text)
	slices.Reverse(characters)
	return Output{Reversed: string(characters), Characters: len(characters), Bytes: len(input.Text)}
}
