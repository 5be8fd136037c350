package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	gotemplate "text/template"

	"github.com/Masterminds/sprig/v3"
	"github.com/gosimple/slug"
	"sigs.k8s.io/yaml"
)

type template struct {
	*gotemplate.Template
	err error
}

var (
	// prepared holds the templates of the running batch: an ApplicationSet has the same few for each of its elements.
	prepared map[string]template

	applicationSets = gotemplate.New("template").Funcs(sprigFunctions()).Funcs(gotemplate.FuncMap{
		"normalize":     normalize,
		"slugify":       slugify,
		"toYaml":        toYaml,
		"fromYaml":      fromYaml[map[string]any],
		"fromYamlArray": fromYaml[[]any],
	})
	notifications = gotemplate.New("template").Funcs(sprigFunctions())

	templatePlace = regexp.MustCompile(`^template: template:(\d+)(?::(\d+))?: `)
	notInNames    = regexp.MustCompile(`[^-a-z0-9.]`)
)

// sprigFunctions are Sprig's but for those that look outside, as in Argo CD. `now` has no reading of the monotonic
// clock, which would show in its text; `keys` and `values` are sorted: the same input always gives the same output.
func sprigFunctions() gotemplate.FuncMap {
	functions := gotemplate.FuncMap(sprig.GenericFuncMap())
	for _, outside := range []string{"env", "expandenv", "getHostByName"} {
		delete(functions, outside)
	}
	functions["now"] = now
	functions["keys"] = func(dicts ...map[string]any) []string {
		all := []string{}
		for _, dict := range dicts {
			all = append(all, sortedKeys(dict)...)
		}
		return all
	}
	functions["values"] = func(dict map[string]any) []any {
		all := []any{}
		for _, key := range sortedKeys(dict) {
			all = append(all, dict[key])
		}
		return all
	}
	return functions
}

// renderTemplate gives the text of a template. ApplicationSet parameters hold every number as float64 (they come through
// encoding/json), notifications hold Kubernetes' int64 and have `.time` and `.strings` beside the data.
func renderTemplate(each item, data json.RawMessage) ([]byte, error) {
	found := prepare(each)
	if found.err != nil {
		return nil, templateError(found.err)
	}
	dot := decode(data)
	if each.Notifications {
		dot = decodeWhole(data)
		addHelpers(dot)
	}
	var text bytes.Buffer
	if err := found.Execute(&text, dot); err != nil {
		return nil, templateError(err)
	}
	return json.Marshal(text.String())
}

func prepare(each item) template {
	key := fmt.Sprintf("%t %q %s", each.Notifications, each.Options, each.Program)
	if found, ok := prepared[key]; ok {
		return found
	}
	base := applicationSets
	if each.Notifications {
		base = notifications
	}
	made, err := base.Clone()
	if err == nil {
		made, err = made.Option(each.Options...).Parse(each.Program)
	}
	prepared[key] = template{made, err}
	return prepared[key]
}

// templateError takes the place out of Go's text: text/template has no fields for it.
func templateError(err error) error {
	message := err.Error()
	place := templatePlace.FindStringSubmatch(message)
	if place == nil {
		return err
	}
	line, _ := strconv.Atoi(place[1])
	column, _ := strconv.Atoi(place[2])
	return outcome{Message: strings.TrimPrefix(message, "template: "), Line: line, Column: column}
}

// normalize makes a valid DNS name: argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/GoTemplate/
func normalize(name string) string {
	name = notInNames.ReplaceAllString(strings.ToLower(name), "-")
	return strings.Trim(name[:min(len(name), 253)], "-.")
}

// slugify makes a short name for URLs; before the name come, optionally, its greatest length (50) and whether to cut
// between words only (true).
func slugify(arguments ...any) string {
	slug.MaxLength, slug.EnableSmartTruncate = 50, true
	last := len(arguments) - 1
	if last > 0 {
		slug.MaxLength = arguments[0].(int)
	}
	if last > 1 {
		slug.EnableSmartTruncate = arguments[1].(bool)
	}
	return slug.Make(normalize(arguments[last].(string)))
}

func toYaml(value any) (string, error) {
	text, err := yaml.Marshal(value)
	return strings.TrimSuffix(string(text), "\n"), err
}

func fromYaml[T any](text string) (value T, err error) {
	err = yaml.Unmarshal([]byte(text), &value)
	return value, err
}

func sortedKeys(dict map[string]any) []string { return slices.Sorted(maps.Keys(dict)) }
