// Package function counts how often each word of a text occurs.
package function

import (
	"strings"
	"unicode/utf8"
)

type Input struct {
	Text string `json:"text"`
}

type Output struct {
	Words map[string]int `json:"words"`
}

// Only ASCII letters have another case here, so that every language counts the same.
func lower(r rune) rune {
	if 'A' <= r && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}

func isBetweenWords(r rune) bool {
	return r < utf8.RuneSelf && (r < 'a' || 'z' < r)
}

func Handle(input Input) Output {
	words := map[string]int{}
	for word := range strings.FieldsFuncSeq(strings.Map(lower, input.Text), isBetweenWords) {
		words[word]++
	}
	return Output{Words: words}
}
