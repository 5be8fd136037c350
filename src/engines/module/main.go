// Package main is the WebAssembly module behind the Engines port: the libraries that Argo CD uses for its five small
// languages, with one way in and one way out. Built as a WASI reactor: no files, network, environment or arguments; the
// clock shows the time that the caller named.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"runtime/debug"
	_ "time/tzdata" // dateInZone and time zones in expressions work without files
	"unsafe"
)

// maxResult bounds one item's answer, so that a small program cannot fill the caller's memory.
const maxResult = 8 << 20

// request is one batch. Items name their data by index, since many often share it.
type request struct {
	Language string            `json:"language"`
	Memory   int64             `json:"memory"`
	Items    []item            `json:"items"`
	Data     []json.RawMessage `json:"data"`
}

type item struct {
	Program       string   `json:"program"`
	Data          int      `json:"data"`
	Options       []string `json:"options"`
	Notifications bool     `json:"notifications"`
	OpenLibraries bool     `json:"openLibraries"`
}

// outcome is Outcome of src/spec/ports.ts; a failed one is an error, with its place as the language reports it.
type outcome struct {
	OK      bool            `json:"ok"`
	Value   json.RawMessage `json:"value,omitempty"`
	Message string          `json:"error,omitempty"`
	Line    int             `json:"line,omitempty"`
	Column  int             `json:"column,omitempty"`
	Limit   string          `json:"limit,omitempty"`
}

func (o outcome) Error() string { return o.Message }

var tooLarge = outcome{Message: fmt.Sprintf("the result is larger than %d bytes", maxResult), Limit: "memory"}

// Engines gets the program and its data as JSON, and gives the answer as JSON.
var languages = map[string]func(item, json.RawMessage) ([]byte, error){
	"template":   renderTemplate,
	"expression": evaluate,
	"jq":         filter,
	"lua":        runScript,
	"jsonnet":    evaluateJsonnet,
}

var input, output []byte

// progress tells the caller which item begins, so that it knows which one to blame when it has to end us.
//
//go:wasmimport trimtab progress
func progress(index int32)

// allocate makes room for a request of that many bytes and says where.
//
//go:wasmexport allocate
func allocate(size int32) uint32 {
	input = make([]byte, size)
	return uint32(uintptr(unsafe.Pointer(unsafe.SliceData(input))))
}

// run answers the request that was written to the allocated place: address << 32 | length of a JSON array of outcomes.
//
//go:wasmexport run
func run() uint64 {
	var batch request
	if err := json.Unmarshal(input, &batch); err != nil {
		panic(err)
	}
	input = nil
	// The hard limit is the maximum of the memory; near it, collect sooner rather than grow.
	debug.SetMemoryLimit(batch.Memory / 4 * 3)
	prepared = map[string]template{}
	var answer bytes.Buffer
	answer.WriteByte('[')
	for index, each := range batch.Items {
		if index > 0 {
			answer.WriteByte(',')
		}
		progress(int32(index))
		answer.Write(attempt(languages[batch.Language], each, batch.Data[each.Data]))
	}
	answer.WriteByte(']')
	output = answer.Bytes()
	return uint64(uintptr(unsafe.Pointer(unsafe.SliceData(output))))<<32 | uint64(len(output))
}

// attempt runs one item; whatever happens in it stays in it.
func attempt(language func(item, json.RawMessage) ([]byte, error), each item, data json.RawMessage) (answer []byte) {
	defer func() {
		if thrown := recover(); thrown != nil {
			answer = failure(fmt.Errorf("%v", thrown))
		}
	}()
	value, err := language(each, data)
	if err == nil && len(value) > maxResult {
		err = tooLarge
	}
	if err == nil {
		value, err = json.Marshal(outcome{OK: true, Value: value})
	}
	if err != nil {
		return failure(err)
	}
	return value
}

func failure(err error) []byte {
	failed, ok := err.(outcome)
	if !ok {
		failed = outcome{Message: err.Error()}
	}
	text, _ := json.Marshal(failed)
	return text
}

// decode reads JSON with every number as float64, as encoding/json does. The caller made it: it is never broken.
func decode(data json.RawMessage) (value any) {
	if err := json.Unmarshal(data, &value); err != nil {
		panic(err)
	}
	return value
}

// decodeWhole reads JSON with whole numbers as int64, as Kubernetes' unstructured objects hold them.
func decodeWhole(data json.RawMessage) (value any) {
	reader := json.NewDecoder(bytes.NewReader(data))
	reader.UseNumber()
	if err := reader.Decode(&value); err != nil {
		panic(err)
	}
	return wholeNumbers(value)
}

func wholeNumbers(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for key, each := range value {
			value[key] = wholeNumbers(each)
		}
	case []any:
		for index, each := range value {
			value[index] = wholeNumbers(each)
		}
	case json.Number:
		if whole, err := value.Int64(); err == nil {
			return whole
		}
		real, _ := value.Float64()
		return real
	}
	return value
}

// main is required and never called: a reactor has only exports.
func main() {}
