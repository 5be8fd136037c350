package main

import (
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/file"
)

// times and texts are the functions of argo-cd.readthedocs.io/en/stable/operator-manual/notifications/functions/
// that need nothing but their arguments and the clock.
var (
	times = map[string]any{
		"Now": now,
		"Parse": func(text string) time.Time {
			at, err := time.Parse(time.RFC3339, text)
			if err != nil {
				panic(err)
			}
			return at
		},
		"Nanosecond": time.Nanosecond, "Microsecond": time.Microsecond, "Millisecond": time.Millisecond,
		"Second": time.Second, "Minute": time.Minute, "Hour": time.Hour,
		"Layout": time.Layout, "ANSIC": time.ANSIC, "UnixDate": time.UnixDate, "RubyDate": time.RubyDate,
		"RFC822": time.RFC822, "RFC822Z": time.RFC822Z, "RFC850": time.RFC850,
		"RFC1123": time.RFC1123, "RFC1123Z": time.RFC1123Z, "RFC3339": time.RFC3339, "RFC3339Nano": time.RFC3339Nano,
		"Kitchen": time.Kitchen, "Stamp": time.Stamp, "StampMilli": time.StampMilli, "StampMicro": time.StampMicro,
		"StampNano": time.StampNano,
	}
	texts = map[string]any{"ReplaceAll": strings.ReplaceAll, "ToUpper": strings.ToUpper, "ToLower": strings.ToLower}

	// The built-in `now` would show a reading of the monotonic clock.
	expressionOptions = []expr.Option{
		expr.DisableBuiltin("now"),
		expr.Function("now", func(...any) (any, error) { return now(), nil }, new(func() time.Time)),
	}
)

// now is the caller's time, without a reading of the monotonic clock.
func now() time.Time { return time.Now().Round(0).UTC() }

// addHelpers gives copies: Sprig's `set` could change them for whoever comes next.
func addHelpers(variables any) {
	if variables, ok := variables.(map[string]any); ok {
		variables["time"], variables["strings"] = maps.Clone(times), maps.Clone(texts)
	}
}

// evaluate gives the value of an expression over its environment.
func evaluate(each item, data json.RawMessage) ([]byte, error) {
	environment := decodeWhole(data)
	addHelpers(environment)
	program, err := expr.Compile(each.Program, expressionOptions...)
	if err != nil {
		return nil, expressionError(err)
	}
	value, err := expr.Run(program, environment)
	if err != nil {
		return nil, expressionError(err)
	}
	return json.Marshal(value)
}

func expressionError(err error) error {
	var at *file.Error
	if errors.As(err, &at) {
		return outcome{Message: err.Error(), Line: at.Line, Column: at.Column + 1}
	}
	return err
}
