// Package function sums the numbers and measures the names of a large input.
package function

type Input struct {
	Items []struct {
		Name  string `json:"name"`
		Value int64  `json:"value"`
	} `json:"items"`
}

type Output struct {
	Items   int   `json:"items"`
	Sum     int64 `json:"sum"`
	Letters int   `json:"letters"`
}

func Handle(input Input) Output {
	output := Output{Items: len(input.Items)}
	for _, item := range input.Items {
		output.Sum += item.Value
		output.Letters += len(item.Name)
	}
	return output
}
