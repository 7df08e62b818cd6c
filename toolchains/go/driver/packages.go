package main

import (
	"go/ast"
	"go/build"
	"go/parser"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// root is the import path of the function's own package; folders beside its files are packages below it.
const root = "function"

// pkg is one package of the function.
type pkg struct {
	path    string
	files   []string
	syntax  []*ast.File
	imports []imported
}

// imported is a package of the function that another one imports, and where.
type imported struct {
	path string
	spec *ast.ImportSpec
}

// standard is what can be imported besides: import paths, and whether everybody may.
type standard map[string]bool

// readStandard reads the list of packages that were built with the toolchain.
func readStandard(installation string) (standard, error) {
	list, err := os.ReadFile(filepath.Join(installation, "std.list"))
	if err != nil {
		return nil, err
	}
	std := standard{}
	for path := range strings.FieldsSeq(string(list)) {
		private := strings.HasPrefix(path, "vendor/") || slices.Contains(strings.Split(path, "/"), "internal")
		std[path] = !private && path != "nil/shim"
	}
	std["unsafe"] = true
	return std, nil
}

// readPackages reads every source: its package, what it imports, and what it may not say.
func readPackages(texts *texts, std standard) (map[string]*pkg, []diagnostic) {
	packages := map[string]*pkg{}
	var problems []diagnostic
	target := build.Default
	target.GOOS, target.GOARCH, target.Compiler, target.CgoEnabled = "wasip1", "wasm", "gc", true
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		if meant, err := target.MatchFile(filepath.Dir(name), entry.Name()); err == nil && !meant {
			return nil
		}
		relative := filepath.ToSlash(name)
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		syntax, err := parser.ParseFile(texts.files, relative, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			problems = append(problems, texts.syntax(err)...)
			return nil
		}
		at := path.Join(root, path.Dir(relative))
		if packages[at] == nil {
			packages[at] = &pkg{path: at}
		}
		found := packages[at]
		problems = append(problems, found.add(texts, std, relative, syntax)...)
		return nil
	})
	if err != nil {
		problems = append(problems, complain("the sources cannot be read: %v", err))
	}
	for _, found := range packages {
		for _, imported := range found.imports {
			if packages[imported.path] == nil {
				problems = append(problems, texts.place(imported.spec.Pos(), "there is no package `%s`: no `.go` file is in its folder", imported.path))
			}
		}
	}
	return packages, problems
}

// add takes one file into the package.
func (p *pkg) add(texts *texts, std standard, name string, syntax *ast.File) []diagnostic {
	var problems []diagnostic
	if p.path == root && syntax.Name.Name != root {
		problems = append(problems, texts.place(syntax.Name.Pos(), "the package of a function is `package %s`, not `package %s`", root, syntax.Name.Name))
	} else if len(p.syntax) > 0 && p.syntax[0].Name.Name != syntax.Name.Name {
		problems = append(problems, texts.place(syntax.Name.Pos(), "the folder holds package `%s` (%s) and package `%s`", p.syntax[0].Name.Name, p.files[0], syntax.Name.Name))
	}
	p.files = append(p.files, name)
	p.syntax = append(p.syntax, syntax)
	for _, spec := range syntax.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		switch {
		case err != nil:
		case path == "C":
			problems = append(problems, texts.place(spec.Pos(), "cgo is not available: a function is Go alone"))
		case strings.HasPrefix(path, ".") || strings.HasPrefix(path, "/"):
			problems = append(problems, texts.place(spec.Pos(), "`%s` is not an import path; a package in the folder `lib` is imported as `%s/lib`", path, root))
		case path == root || strings.HasPrefix(path, root+"/"):
			p.imports = append(p.imports, imported{path, spec})
		case !std[path]:
			problems = append(problems, texts.place(spec.Pos(), "there is no package `%s`: a function imports the standard library and its own packages, `%s/…`", path, root))
		}
	}
	for _, group := range syntax.Comments {
		for _, comment := range group.List {
			if refused := refusedDirective(comment.Text); refused != "" {
				problems = append(problems, texts.place(comment.Pos(), "%s", refused))
			}
		}
	}
	return problems
}

// refusedDirective says why a directive is not for functions.
func refusedDirective(comment string) string {
	name, _, _ := strings.Cut(comment, " ")
	switch {
	case name == "//go:embed":
		return "`//go:embed` is not available: put the data into a Go file, or into the input"
	case name == "//go:linkname":
		return "`//go:linkname` is not permitted: it reaches into packages behind their back"
	case name == "//go:wasmexport":
		return "`//go:wasmexport` is not permitted: ProjectNIL exports `Handle` for you"
	case strings.HasPrefix(name, "//go:cgo_"):
		return "`" + name + "` is not permitted: it steers the linker"
	case name == "//line" || name == "/*line":
		return "`//line` is not permitted: messages name the places in your files"
	}
	return ""
}

// order sorts packages so that each comes behind what it imports.
func order(packages map[string]*pkg) ([]*pkg, *diagnostic) {
	var ordered []*pkg
	state := map[string]int{}
	var visit func(path string, trail []string) *diagnostic
	visit = func(path string, trail []string) *diagnostic {
		trail = append(trail, path)
		switch state[path] {
		case 2:
			return nil
		case 1:
			problem := complain("packages import each other in a circle: %s", strings.Join(trail[slices.Index(trail, path):], " → "))
			return &problem
		}
		state[path] = 1
		for _, next := range packages[path].imports {
			if problem := visit(next.path, trail); problem != nil {
				return problem
			}
		}
		state[path] = 2
		ordered = append(ordered, packages[path])
		return nil
	}
	// Packages nobody imports are not part of the function.
	problem := visit(root, nil)
	return ordered, problem
}
