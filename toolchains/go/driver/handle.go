package main

import "go/ast"

// findHandle looks for the function's entry and answers which call of the shim serves it.
func findHandle(texts *texts, packages map[string]*pkg) (string, *diagnostic) {
	main := packages[root]
	if main == nil {
		problem := complain("there is no Go file; write `package %s` with `func Handle(input T) (U, error)`", root)
		return "", &problem
	}
	for _, syntax := range main.syntax {
		for _, declaration := range syntax.Decls {
			handle, isFunction := declaration.(*ast.FuncDecl)
			if isFunction && handle.Recv == nil && handle.Name.Name == "Handle" {
				if call := shape(handle.Type); call != "" {
					return call, nil
				}
				problem := texts.place(handle.Name.Pos(), "`Handle` has another form than ProjectNIL calls; write `func Handle(input T) (U, error)`, `func Handle(input T) U` or `func Handle(input T) error`")
				return "", &problem
			}
		}
	}
	problem := complain("there is no `Handle`; write `func Handle(input T) (U, error)`, where T and U are types that JSON can be read into and written from")
	return "", &problem
}

// shape tells the forms of `Handle` apart; empty for any other.
func shape(handle *ast.FuncType) string {
	params, results := fields(handle.Params), fields(handle.Results)
	if handle.TypeParams != nil || len(params) != 1 {
		return ""
	}
	if _, variadic := params[0].(*ast.Ellipsis); variadic {
		return ""
	}
	switch {
	case len(results) == 2 && isError(results[1]):
		return "Call"
	case len(results) == 1 && isError(results[0]):
		return "CallSilent"
	case len(results) == 1:
		return "CallSure"
	}
	return ""
}

// fields are the types of a list, one for each name.
func fields(list *ast.FieldList) []ast.Expr {
	var types []ast.Expr
	if list == nil {
		return nil
	}
	for _, field := range list.List {
		for range max(len(field.Names), 1) {
			types = append(types, field.Type)
		}
	}
	return types
}

func isError(expression ast.Expr) bool {
	name, isName := expression.(*ast.Ident)
	return isName && name.Name == "error"
}
