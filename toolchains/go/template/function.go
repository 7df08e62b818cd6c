// {{name}}: a function of ProjectNIL. `Handle` gets the input and answers the output; any types that
// `encoding/json` reads and writes. Deploy it with `nil deploy`, then call it with
// `nil invoke {{name}} '{"name": "Ada"}'`.
package function

import (
	"errors"
	"fmt"
)

// Input is what callers send. Fields that are missing keep their zero value, unknown ones are ignored.
type Input struct {
	Name string `json:"name"`
}

// Output is what they get.
type Output struct {
	Message string `json:"message"`
}

// Handle greets somebody. What it prints goes to the logs; the error it returns becomes the execution's.
func Handle(input Input) (Output, error) {
	if input.Name == "" {
		return Output{}, errors.New("who should be greeted? send {\"name\": …}")
	}
	fmt.Println("greeting", input.Name)
	return Output{Message: "Hello, " + input.Name + "!"}, nil
}
