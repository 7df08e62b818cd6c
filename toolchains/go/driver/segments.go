package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
)

// gap is how many zeros two data segments may have between them to become one. Go's linker begins a new segment
// wherever it saves a byte, some 33,000 of them, each of which costs every later reader a step.
const gap = 64

const (
	sectionData      = 11
	opI32Const       = 0x41
	opEnd            = 0x0b
	headerBytes      = 8
	activeInMemory0  = 0
	largestLEB32Size = 5
)

var errNotExpected = errors.New("the linker wrote a module of an unexpected form")

// mergeSegments joins neighbouring data segments of the module in a file.
func mergeSegments(name string) error {
	wasm, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	merged := bytes.NewBuffer(make([]byte, 0, len(wasm)+len(wasm)/16))
	reader := leb{bytes: wasm, at: headerBytes}
	merged.Write(wasm[:min(headerBytes, len(wasm))])
	for reader.at < len(wasm) && !reader.broken {
		start := reader.at
		id := reader.byte()
		body := reader.take(int(reader.unsigned()))
		if id != sectionData {
			merged.Write(wasm[start:reader.at])
			continue
		}
		data, err := mergeData(body)
		if err != nil {
			return err
		}
		merged.WriteByte(sectionData)
		merged.Write(binary.AppendUvarint(nil, uint64(len(data))))
		merged.Write(data)
	}
	if reader.broken {
		return errNotExpected
	}
	return os.WriteFile(name, merged.Bytes(), 0o600)
}

// mergeData is the body of a data section with fewer segments.
func mergeData(body []byte) ([]byte, error) {
	reader := leb{bytes: body}
	type segment struct {
		start int
		bytes []byte
	}
	var segments []segment
	for count := reader.unsigned(); count > 0; count-- {
		if reader.byte() != activeInMemory0 || reader.byte() != opI32Const {
			return nil, errNotExpected
		}
		start := int(reader.signed())
		if reader.byte() != opEnd {
			return nil, errNotExpected
		}
		bytes := reader.take(int(reader.unsigned()))
		if reader.broken {
			return nil, errNotExpected
		}
		if last := len(segments) - 1; last >= 0 {
			behind := segments[last].start + len(segments[last].bytes)
			if start >= behind && start-behind <= gap {
				padded := append(segments[last].bytes, make([]byte, start-behind)...)
				segments[last].bytes = append(padded, bytes...)
				continue
			}
		}
		segments = append(segments, segment{start, append([]byte(nil), bytes...)})
	}
	merged := binary.AppendUvarint(nil, uint64(len(segments)))
	for _, segment := range segments {
		merged = append(merged, activeInMemory0, opI32Const)
		merged = appendSigned(merged, int64(segment.start))
		merged = append(merged, opEnd)
		merged = binary.AppendUvarint(merged, uint64(len(segment.bytes)))
		merged = append(merged, segment.bytes...)
	}
	return merged, nil
}

// leb reads WebAssembly's numbers; it is broken once something does not fit.
type leb struct {
	bytes  []byte
	at     int
	broken bool
}

func (l *leb) byte() byte {
	if taken := l.take(1); len(taken) == 1 {
		return taken[0]
	}
	return 0
}

func (l *leb) take(length int) []byte {
	if l.broken || length < 0 || length > len(l.bytes)-l.at {
		l.broken = true
		return nil
	}
	taken := l.bytes[l.at : l.at+length]
	l.at += length
	return taken
}

func (l *leb) unsigned() uint32 {
	value, length := binary.Uvarint(l.bytes[min(l.at, len(l.bytes)):])
	if length <= 0 || length > largestLEB32Size {
		l.broken = true
		return 0
	}
	l.at += length
	return uint32(value)
}

func (l *leb) signed() int32 {
	var value int64
	for shift := 0; shift < 7*largestLEB32Size; shift += 7 {
		part := l.byte()
		value |= int64(part&0x7f) << shift
		if part&0x80 == 0 {
			if part&0x40 != 0 {
				value |= -1 << (shift + 7)
			}
			return int32(value)
		}
	}
	l.broken = true
	return 0
}

func appendSigned(to []byte, value int64) []byte {
	for {
		part := byte(value & 0x7f)
		value >>= 7
		if (value == 0 && part&0x40 == 0) || (value == -1 && part&0x40 != 0) {
			return append(to, part)
		}
		to = append(to, part|0x80)
	}
}
