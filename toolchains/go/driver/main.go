// Command driver compiles one function: it runs in the box of one compilation, reads the sources in the folder it
// starts in, runs Go's compiler and linker, and leaves `.nil/out.wasm` and, on standard output, one JSON object:
//
//	{"ok": bool, "diagnostics": [{"severity", "file", "line", "column", "message"}], "crash": "…"}
//
// Its only argument is the folder of the installed toolchain. It is built once, when the toolchain is installed.
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

// work is the folder for everything that is made on the way. No source can be in it: their names begin with no dot.
const work = ".nil"

// module is where the module goes.
const module = work + "/out.wasm"

type reply struct {
	OK          bool         `json:"ok"`
	Diagnostics []diagnostic `json:"diagnostics,omitempty"`
	Crash       string       `json:"crash,omitempty"`
}

func main() {
	answer := reply{}
	if diagnostics, err := compile(os.Args[1]); err != nil {
		answer.Crash = err.Error()
	} else {
		answer.OK = !anyError(diagnostics)
		answer.Diagnostics = diagnostics
	}
	if err := json.NewEncoder(os.Stdout).Encode(answer); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// compile makes the module, or says what is wrong with the sources. Its error is about the toolchain.
func compile(installation string) ([]diagnostic, error) {
	std, err := readStandard(installation)
	if err != nil {
		return nil, err
	}
	texts := newTexts()
	packages, diagnostics := readPackages(texts, std)
	if anyError(diagnostics) {
		return diagnostics, nil
	}
	call, problem := findHandle(texts, packages)
	if problem != nil {
		return []diagnostic{*problem}, nil
	}
	ordered, problem := order(packages)
	if problem != nil {
		return []diagnostic{*problem}, nil
	}
	tools, err := newTools(installation, std, texts)
	if err != nil {
		return nil, err
	}
	for _, pkg := range ordered {
		if diagnostics, err := tools.compile(pkg); err != nil || len(diagnostics) > 0 {
			return diagnostics, err
		}
	}
	if diagnostics, err := tools.link(call); err != nil || len(diagnostics) > 0 {
		return diagnostics, err
	}
	return nil, mergeSegments(module)
}
