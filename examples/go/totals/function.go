// Package function adds up the lines of an order, in cents.
package function

type Order struct {
	Lines []struct {
		Cents    int64 `json:"cents"`
		Quantity int64 `json:"quantity"`
	} `json:"lines"`
}

type Totals struct {
	Lines int   `json:"lines"`
	Total int64 `json:"total"`
}

func Handle(order Order) Totals {
	totals := Totals{Lines: len(order.Lines)}
	for _, line := range order.Lines {
		totals.Total += line.Cents * line.Quantity
	}
	return totals
}
