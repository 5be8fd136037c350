package main

import (
	"encoding/json"
	"errors"
	"path"

	"github.com/google/go-jsonnet"
)

// evaluation is one Jsonnet file with all that it may import, by path from the root of the repository.
type evaluation struct {
	Files map[string]string `json:"files"`
	// Libraries are folders that imports are looked for in, after that of the importing file; the last one first.
	Libraries []string   `json:"libraries"`
	TLAs      []variable `json:"tlas"`
	ExtVars   []variable `json:"extVars"`
}

type variable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Code  bool   `json:"code"`
}

// evaluateJsonnet evaluates the file that the program names, with a machine set up as Argo CD sets up its own.
// https://argo-cd.readthedocs.io/en/stable/user-guide/jsonnet/
func evaluateJsonnet(each item, data json.RawMessage) ([]byte, error) {
	var given evaluation
	if err := json.Unmarshal(data, &given); err != nil {
		return nil, err
	}
	vm := jsonnet.MakeVM()
	vm.Importer(&importer{evaluation: given, found: map[string]jsonnet.Contents{}})
	for _, tla := range given.TLAs {
		if tla.Code {
			vm.TLACode(tla.Name, tla.Value)
		} else {
			vm.TLAVar(tla.Name, tla.Value)
		}
	}
	for _, extVar := range given.ExtVars {
		if extVar.Code {
			vm.ExtCode(extVar.Name, extVar.Value)
		} else {
			vm.ExtVar(extVar.Name, extVar.Value)
		}
	}
	text, err := vm.EvaluateFile(each.Program)
	return []byte(text), err
}

// importer gives what the caller handed in and nothing else; a path that leads out of it is not there.
type importer struct {
	evaluation
	found map[string]jsonnet.Contents
}

// Import looks beside the importing file and then in the libraries, as jsonnet.FileImporter does. One file has one
// Contents, as the machine asks for.
func (i *importer) Import(from, wanted string) (jsonnet.Contents, string, error) {
	for _, folder := range append([]string{path.Dir(from)}, backwards(i.Libraries)...) {
		at := path.Join(folder, wanted)
		if path.IsAbs(wanted) {
			break
		}
		if found, ok := i.found[at]; ok {
			return found, at, nil
		}
		if text, ok := i.Files[at]; ok {
			i.found[at] = jsonnet.MakeContents(text)
			return i.found[at], at, nil
		}
	}
	return jsonnet.Contents{}, "", errors.New("there is no file " + wanted + " beside it or in the libs")
}

func backwards(folders []string) []string {
	reversed := make([]string, 0, len(folders))
	for _, folder := range folders {
		reversed = append([]string{folder}, reversed...)
	}
	return reversed
}
