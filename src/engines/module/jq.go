package main

import (
	"encoding/json"
	"errors"

	"github.com/itchyny/gojq"
)

// filter gives every value that a jq filter makes of its input. Without loaders, `env` is empty and `import` fails.
func filter(each item, data json.RawMessage) ([]byte, error) {
	query, err := gojq.Parse(each.Program)
	if err != nil {
		return nil, err
	}
	code, err := gojq.Compile(query)
	if err != nil {
		return nil, err
	}
	values := []json.RawMessage{}
	size := 0
	results := code.Run(decode(data))
	for {
		result, more := results.Next()
		if !more {
			return json.Marshal(values)
		}
		if err, failed := result.(error); failed {
			var halt *gojq.HaltError
			if errors.As(err, &halt) && halt.Value() == nil {
				return json.Marshal(values)
			}
			return nil, err
		}
		// gojq's own encoder: it knows what jq prints for NaN, infinity and numbers of any size.
		text, err := gojq.Marshal(result)
		if err != nil {
			return nil, err
		}
		if size += len(text) + 1; size > maxResult {
			return nil, tooLarge
		}
		values = append(values, text)
	}
}
