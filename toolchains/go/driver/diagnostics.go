package main

import (
	"fmt"
	"go/scanner"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// diagnostic is one message about one place, as ProjectNIL shows it.
type diagnostic struct {
	Severity string `json:"severity"`
	File     string `json:"file,omitempty"`
	Line     int    `json:"line,omitempty"`
	Column   int    `json:"column,omitempty"`
	Message  string `json:"message"`
}

func anyError(diagnostics []diagnostic) bool {
	return len(diagnostics) > 0
}

func complain(format string, values ...any) diagnostic {
	return diagnostic{Severity: "error", Message: fmt.Sprintf(format, values...)}
}

// texts knows the sources by their name, to turn the bytes Go counts columns in into characters.
type texts struct {
	files *token.FileSet
	lines map[string][]string
}

func newTexts() *texts {
	return &texts{files: token.NewFileSet(), lines: map[string][]string{}}
}

func (t *texts) at(position token.Position, format string, values ...any) diagnostic {
	problem := complain(format, values...)
	problem.File, problem.Line = position.Filename, position.Line
	problem.Column = t.column(position.Filename, position.Line, position.Column)
	return problem
}

func (t *texts) place(position token.Pos, format string, values ...any) diagnostic {
	// Where it really is: `//line` is for people who generate code.
	return t.at(t.files.PositionFor(position, false), format, values...)
}

// column turns a byte of a line, from 1, into a character, from 1.
func (t *texts) column(file string, line, column int) int {
	lines, known := t.lines[file]
	if !known {
		text, err := os.ReadFile(filepath.FromSlash(file))
		if err != nil {
			return column
		}
		lines = strings.Split(string(text), "\n")
		t.lines[file] = lines
	}
	if line < 1 || line > len(lines) || column < 1 || column-1 > len(lines[line-1]) {
		return column
	}
	return utf8.RuneCountInString(lines[line-1][:column-1]) + 1
}

// syntax turns what the parser says into diagnostics.
func (t *texts) syntax(err error) []diagnostic {
	list, isList := err.(scanner.ErrorList)
	if !isList {
		return []diagnostic{complain("%v", err)}
	}
	var found []diagnostic
	for _, problem := range list {
		found = append(found, t.at(problem.Pos, "syntax error: %s", problem.Msg))
	}
	return found
}

var placed = regexp.MustCompile(`^([^\s:][^:]*):(\d+)(?::(\d+))?: (.*)$`)

// parse reads what the compiler printed: `file:line:column: message`, with indented lines behind it that belong to it.
func (t *texts) parse(printed string) []diagnostic {
	var found []diagnostic
	for _, line := range strings.Split(strings.TrimRight(printed, "\n"), "\n") {
		if parts := placed.FindStringSubmatch(line); parts != nil {
			row, _ := strconv.Atoi(parts[2])
			column, _ := strconv.Atoi(parts[3])
			problem := complain("%s", parts[4])
			problem.File, problem.Line = parts[1], row
			if column > 0 {
				problem.Column = t.column(parts[1], row, column)
			}
			found = append(found, problem)
		} else if strings.HasPrefix(line, "\t") && len(found) > 0 {
			found[len(found)-1].Message += "\n" + line
		} else if strings.TrimSpace(line) != "" && !strings.HasPrefix(line, "# ") {
			found = append(found, complain("%s", line))
		}
	}
	return found
}
