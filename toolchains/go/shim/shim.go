// Package shim is what stands between ProjectNIL and a function's package: JSON in, JSON out, and a truthful word when
// that fails. It is built once, when the toolchain is installed; every function is linked with it.
package shim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"unsafe"
)

// fail ends the execution with a message. It does not come back.
//
//go:wasmimport nil fail
func fail(message unsafe.Pointer, length uint32)

// Both stay referenced while the host reads and writes them.
var (
	input  []byte
	output []byte
)

// Alloc makes room for the input; the host writes it there.
func Alloc(length uint32) unsafe.Pointer {
	input = make([]byte, length, length+1)
	return unsafe.Pointer(unsafe.SliceData(input))
}

// Call serves `func Handle(T) (U, error)`.
func Call[T, U any](handle func(T) (U, error)) uint64 {
	defer report()
	result, err := handle(decode[T]())
	if err != nil {
		stop(err.Error())
	}
	return encode(result)
}

// CallSure serves `func Handle(T) U`.
func CallSure[T, U any](handle func(T) U) uint64 {
	defer report()
	return encode(handle(decode[T]()))
}

// CallSilent serves `func Handle(T) error`.
func CallSilent[T any](handle func(T) error) uint64 {
	defer report()
	if err := handle(decode[T]()); err != nil {
		stop(err.Error())
	}
	return encode[any](nil)
}

func decode[T any]() (value T) {
	if err := json.Unmarshal(input, &value); err != nil {
		stop("the input does not fit `Handle`: " + err.Error())
	}
	return value
}

func encode[U any](value U) uint64 {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		stop("the output of `Handle` is not JSON: " + err.Error())
	}
	output = bytes.TrimSuffix(text.Bytes(), []byte{'\n'})
	return uint64(uintptr(unsafe.Pointer(unsafe.SliceData(output))))<<32 | uint64(len(output))
}

// report turns a panic into the execution's error: what was said, then the function's own lines.
func report() {
	value := recover()
	if value == nil {
		return
	}
	var message strings.Builder
	fmt.Fprintf(&message, "panic: %v", value)
	callers := make([]uintptr, 64)
	frames := runtime.CallersFrames(callers[:runtime.Callers(2, callers)])
	for more := true; more; {
		var frame runtime.Frame
		frame, more = frames.Next()
		if strings.HasPrefix(frame.Function, "function.") || strings.HasPrefix(frame.Function, "function/") {
			fmt.Fprintf(&message, "\n    at %s (%s:%d)", frame.Function, frame.File, frame.Line)
		}
	}
	stop(message.String())
}

func stop(message string) {
	if message == "" {
		message = "the function failed without saying why"
	}
	fail(unsafe.Pointer(unsafe.StringData(message)), uint32(len(message)))
}
