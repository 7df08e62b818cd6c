package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// experiments must be those the standard library was built with: each is part of what an archive is for. The JSON of
// before (classic `encoding/json`, without `encoding/json/v2`) and one allocator for all sizes make a module a third
// smaller, and native code of it is made in two thirds of the time.
const experiments = "nojsonv2,nosizespecializedmalloc"

// tools runs Go's compiler and linker over the packages that were built with the toolchain.
type tools struct {
	installation string
	std          standard
	texts        *texts
	// The folder of the sources, absolute: what the tools are told to leave out of every path.
	folder string
	// Packages of this function that are compiled already.
	compiled []string
}

func newTools(installation string, std standard, texts *texts) (*tools, error) {
	folder, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	if err := os.Mkdir(work, 0o700); err != nil {
		return nil, err
	}
	return &tools{installation: installation, std: std, texts: texts, folder: folder}, nil
}

// compile compiles one package. Files are named as the user named them, and so are places in what is printed.
func (t *tools) compile(pkg *pkg) ([]diagnostic, error) {
	if err := t.writeConfig(false); err != nil {
		return nil, err
	}
	if printed, err := t.compilePackage(pkg.path, pkg.files); err != nil {
		return t.blame(printed, err)
	}
	t.compiled = append(t.compiled, pkg.path)
	return nil, nil
}

// link makes the module: the function, the shim, and a main package that brings the two together.
func (t *tools) link(call string) ([]diagnostic, error) {
	main := filepath.Join(work, "main.go")
	if err := os.WriteFile(main, fmt.Appendf(nil, mainPackage, call), 0o600); err != nil {
		return nil, err
	}
	if err := t.writeConfig(true); err != nil {
		return nil, err
	}
	if printed, err := t.compilePackage("main", []string{main}); err != nil {
		// The only thing that can be wrong with it is that `Handle` is not what it looked like.
		problems, err := t.blame(printed, err)
		for index := range problems {
			problems[index].File, problems[index].Line, problems[index].Column = "", 0, 0
		}
		return problems, err
	}
	// Names stay (`-w` removes only debug information): they are what a trap's backtrace is read by.
	printed, err := t.run("link", "-importcfg", config, "-buildmode", "c-shared", "-buildid", "", "-w",
		"-o", module, archive("main"))
	if err != nil {
		return t.blame(printed, err)
	}
	return nil, nil
}

// mainPackage is generated for each function.
const mainPackage = `package main

import (
	"function"
	"nil/shim"
	"unsafe"
)

//go:wasmexport alloc
func alloc(length uint32) unsafe.Pointer { return shim.Alloc(length) }

//go:wasmexport handle
func handle(_ unsafe.Pointer, _ uint32) uint64 { return shim.%s(function.Handle) }

func main() {}
`

func (t *tools) compilePackage(path string, files []string) (string, error) {
	arguments := []string{
		"-p", path, "-o", archive(path), "-importcfg", config, "-trimpath", t.folder + "=>", "-lang", "go1.27",
		"-complete", "-pack", "-nolocalimports", "-c", "2",
	}
	return t.run("compile", append(arguments, files...)...)
}

// blame decides whose fault a failed tool is: it tells the user's with exit code 1 or 2 and words about it.
func (t *tools) blame(printed string, err error) ([]diagnostic, error) {
	var exit *exec.ExitError
	crashed := strings.Contains(printed, "internal compiler error") || strings.Contains(printed, "goroutine 1 [running]")
	if !errors.As(err, &exit) || !exit.Exited() || crashed || strings.TrimSpace(printed) == "" {
		return nil, fmt.Errorf("%w: %.2000s", err, printed)
	}
	return t.texts.parse(printed), nil
}

// config is the file that tells the tools where packages are.
const config = work + "/importcfg"

// writeConfig names the packages that everybody may import, or all of them for the linker.
func (t *tools) writeConfig(all bool) error {
	var text bytes.Buffer
	for path, public := range t.std {
		if path != "unsafe" && (public || all) {
			fmt.Fprintf(&text, "packagefile %s=%s\n", path, filepath.Join(t.installation, "std", path+".a"))
		}
	}
	for _, path := range t.compiled {
		fmt.Fprintf(&text, "packagefile %s=%s\n", path, archive(path))
	}
	return os.WriteFile(config, text.Bytes(), 0o600)
}

func archive(path string) string {
	return filepath.Join(work, strings.ReplaceAll(path, "/", "+")+".a")
}

// run runs a tool of the installation and answers what it printed.
func (t *tools) run(tool string, arguments ...string) (string, error) {
	command := exec.Command(filepath.Join(t.installation, "bin", tool), arguments...)
	command.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOROOT=", "GOEXPERIMENT="+experiments)
	printed, err := command.CombinedOutput()
	return string(printed), err
}
