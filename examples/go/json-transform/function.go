// Package function turns a list of people into an index by city.
package function

import "cmp"

type Input struct {
	People []struct {
		Name    string `json:"name"`
		Address struct {
			City string `json:"city"`
		} `json:"address"`
	} `json:"people"`
}

type Output struct {
	Cities map[string][]string `json:"cities"`
}

func Handle(input Input) Output {
	cities := map[string][]string{}
	for _, person := range input.People {
		city := cmp.Or(person.Address.City, "unknown")
		cities[city] = append(cities[city], person.Name)
	}
	return Output{Cities: cities}
}
