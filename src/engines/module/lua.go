package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/parse"
	luajson "layeh.com/gopher-json"
)

var (
	// What Argo CD opens for every script, in its order, and what useOpenLibs adds. Of `os` only what tells the time is
	// left; `io`, and `channel` (which could wait for ever), are never there.
	alwaysOpen = []library{
		{lua.LoadLibName, lua.OpenPackage},
		{lua.BaseLibName, lua.OpenBase},
		{lua.TabLibName, lua.OpenTable},
		{lua.OsLibName, lua.OpenOs},
	}
	openOnRequest = []library{
		{lua.StringLibName, lua.OpenString},
		{lua.MathLibName, lua.OpenMath},
		{lua.CoroutineLibName, lua.OpenCoroutine},
		{lua.DebugLibName, lua.OpenDebug},
	}
	scriptPlace = regexp.MustCompile(`^<string>:(\d+): `)
)

type library struct {
	name string
	open lua.LGFunction
}

// runScript gives the table that a script returns; the script sees the data as the global `obj`.
// argo-cd.readthedocs.io/en/stable/operator-manual/health/#custom-health-checks
func runScript(each item, data json.RawMessage) ([]byte, error) {
	state := newState(each.OpenLibraries)
	defer state.Close()
	state.SetGlobal("obj", toLua(state, decode(data)))
	if err := state.DoString(each.Program); err != nil {
		return nil, scriptError(err)
	}
	returned := state.Get(-1)
	if returned.Type() != lua.LTTable {
		return nil, fmt.Errorf("expect table output from Lua script, not %s", returned.Type())
	}
	return luajson.Encode(returned)
}

func newState(openLibraries bool) *lua.LState {
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	libraries := alwaysOpen
	if openLibraries {
		libraries = slices.Concat(alwaysOpen, openOnRequest)
	}
	for _, each := range libraries {
		state.Push(state.NewFunction(each.open))
		state.Push(lua.LString(each.name))
		state.Call(1, 0)
	}
	safe := state.NewTable()
	if os, ok := state.GetGlobal("os").(*lua.LTable); ok {
		for _, name := range []string{"time", "date", "difftime"} {
			safe.RawSetString(name, os.RawGetString(name))
		}
	}
	state.SetGlobal("os", safe)
	if loaded, ok := state.GetField(state.GetGlobal("package"), "loaded").(*lua.LTable); ok {
		loaded.RawSetString("os", safe)
	}
	for _, name := range []string{"dofile", "loadfile"} {
		state.SetGlobal(name, lua.LNil)
	}
	return state
}

// toLua keeps the order of keys, so that `pairs` walks an object the same way each time.
func toLua(state *lua.LState, value any) lua.LValue {
	switch value := value.(type) {
	case bool:
		return lua.LBool(value)
	case float64:
		return lua.LNumber(value)
	case string:
		return lua.LString(value)
	case []any:
		table := state.CreateTable(len(value), 0)
		for _, each := range value {
			table.Append(toLua(state, each))
		}
		return table
	case map[string]any:
		table := state.CreateTable(0, len(value))
		for _, key := range sortedKeys(value) {
			table.RawSetString(key, toLua(state, value[key]))
		}
		return table
	}
	return lua.LNil
}

// scriptError leaves the stack trace out: it ends up in what people read.
func scriptError(err error) error {
	var thrown *lua.ApiError
	if !errors.As(err, &thrown) {
		return err
	}
	if at, ok := thrown.Cause.(*parse.Error); ok {
		return outcome{Message: strings.TrimSpace(at.Error()), Line: max(0, at.Pos.Line), Column: at.Pos.Column}
	}
	message := thrown.Object.String()
	line := 0
	if place := scriptPlace.FindStringSubmatch(message); place != nil {
		line, _ = strconv.Atoi(place[1])
	}
	return outcome{Message: message, Line: line}
}
