// Reads texts as Go programs do and says what became of them: one JSON object a line in, one a line out.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	"gopkg.in/ini.v1"
	yaml "gopkg.in/yaml.v3"
	sigs "sigs.k8s.io/yaml"
)

type question struct {
	Mode string `json:"mode"`
	Text []byte `json:"text"`
}

type answer struct {
	OK    bool        `json:"ok"`
	Value interface{} `json:"value"`
	Error string      `json:"error,omitempty"`
}

// inner and entry stand for the structs of the providers.
type inner struct {
	Path  string `json:"path" yaml:"path"`
	Alias string `json:"alias" yaml:"alias"`
}

type entry struct {
	Text  string   `json:"text" yaml:"text"`
	Small int32    `json:"small" yaml:"small"`
	Large uint32   `json:"large" yaml:"large"`
	Flag  bool     `json:"flag" yaml:"flag"`
	Words []string `json:"words" yaml:"words"`
	In    *inner   `json:"in" yaml:"in"`
	List  []inner  `json:"list" yaml:"list"`
}

type oldEntry struct {
	Text string  `json:"text"`
	In   inner   `json:"in"`
	List []inner `json:"list"`
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(make([]byte, 1<<20), 1<<26)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for in.Scan() {
		var q question
		if err := json.Unmarshal(in.Bytes(), &q); err != nil {
			panic(err)
		}
		text, err := json.Marshal(read(q))
		if err != nil {
			text, _ = json.Marshal(answer{Error: "not marshalled: " + err.Error()})
		}
		out.Write(text)
		out.WriteByte('\n')
	}
}

func read(q question) (result answer) {
	defer func() {
		if caught := recover(); caught != nil {
			result = answer{Error: fmt.Sprint("panic: ", caught)}
		}
	}()
	value, err := readers[q.Mode](q.Text)
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{OK: true, Value: value}
}

var readers = map[string]func([]byte) (interface{}, error){
	"yaml nodes":   yamlNodes,
	"yaml value":   yamlValue,
	"yaml entries": yamlEntries,
	"sigs entries": sigsEntries,
	"json":         jsonValue,
	"ini":          iniValue,
}

func yamlEntries(text []byte) (interface{}, error) {
	var list []*entry
	err := yaml.Unmarshal(text, &list)
	return present(list), err
}

func sigsEntries(text []byte) (interface{}, error) {
	var list []*oldEntry
	err := sigs.Unmarshal(text, &list)
	return present(list), err
}

// present leaves null entries out; a list that is none becomes an empty one.
func present[T any](list []*T) []*T {
	full := []*T{}
	for _, one := range list {
		if one != nil {
			full = append(full, one)
		}
	}
	return full
}

func yamlNodes(text []byte) (interface{}, error) {
	var node yaml.Node
	if err := yaml.Unmarshal(text, &node); err != nil {
		return nil, err
	}
	if node.Kind == 0 {
		return nil, nil
	}
	return dump(node.Content[0]), nil
}

func dump(node *yaml.Node) interface{} {
	switch node.Kind {
	case yaml.ScalarNode:
		return []interface{}{node.ShortTag(), node.Value}
	case yaml.AliasNode:
		return []interface{}{"*", node.Value}
	}
	list := []interface{}{}
	for _, one := range node.Content {
		list = append(list, dump(one))
	}
	return map[string]interface{}{node.ShortTag(): list}
}

// yamlValue is the JSON text of what an interface{} takes.
func yamlValue(text []byte) (interface{}, error) {
	var value interface{}
	if err := yaml.Unmarshal(text, &value); err != nil {
		return nil, err
	}
	made, err := json.Marshal(value)
	return string(made), err
}

// jsonValue is the JSON text of what an interface{} takes, numbers as they were written.
func jsonValue(text []byte) (interface{}, error) {
	var value interface{}
	if err := json.Unmarshal(text, &value); err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	made, err := json.Marshal(value)
	return string(made), err
}

// iniValue has the sections in order, each with its keys in order.
func iniValue(text []byte) (interface{}, error) {
	file, err := ini.LoadSources(ini.LoadOptions{AllowNonUniqueSections: true}, text)
	if err != nil {
		return nil, err
	}
	sections := [][]string{}
	for _, section := range file.Sections() {
		words := []string{section.Name()}
		for _, key := range section.Keys() {
			words = append(words, key.Name(), key.Value())
		}
		sections = append(sections, words)
	}
	return sections, nil
}
