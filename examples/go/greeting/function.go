// Package function greets a person in the language they ask for.
package function

import (
	"cmp"
	"fmt"
)

var words = map[string]string{"en": "Hello", "de": "Hallo", "fr": "Bonjour", "es": "Hola"}

type Input struct {
	Name     string `json:"name"`
	Language string `json:"language"`
}

type Output struct {
	Message string `json:"message"`
}

func Handle(input Input) Output {
	word := cmp.Or(words[input.Language], words["en"])
	return Output{Message: fmt.Sprintf("%s, %s!", word, cmp.Or(input.Name, "world"))}
}
