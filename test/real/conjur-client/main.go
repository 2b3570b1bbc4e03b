// Reads variables of a Conjur server with CyberArk's own client library, as its provider does: one JSON object on stdin
// with the configuration and what to do, one on stdout with what came of it.
package main

import (
	"encoding/json"
	"os"

	"github.com/cyberark/conjur-api-go/conjurapi"
)

type question struct {
	URL      string   `json:"url"`
	Account  string   `json:"account"`
	Service  string   `json:"service"`
	Identity string   `json:"identity"`
	Token    string   `json:"token"`
	CA       string   `json:"ca"`
	IDs      []string `json:"ids"`
	// Single reads each by itself, in this version if that is not 0; List lists variables instead.
	Single  bool `json:"single"`
	Version int  `json:"version"`
	List    bool `json:"list"`
}

type answer struct {
	Values    map[string][]byte `json:"values"`
	Resources []string          `json:"resources"`
	Error     string            `json:"error"`
}

func main() {
	var asked question
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		panic(err)
	}
	answered, err := answerTo(asked)
	if err != nil {
		answered.Error = err.Error()
	}
	if err := json.NewEncoder(os.Stdout).Encode(answered); err != nil {
		panic(err)
	}
}

func answerTo(asked question) (answer, error) {
	client, err := conjurapi.NewClientFromJwt(conjurapi.Config{
		Account:           asked.Account,
		ApplianceURL:      asked.URL,
		AuthnType:         "jwt",
		ServiceID:         asked.Service,
		JWTHostID:         asked.Identity,
		JWTContent:        asked.Token,
		SSLCert:           asked.CA,
		CredentialStorage: "none",
	})
	if err != nil {
		return answer{}, err
	}
	if asked.List {
		return list(client)
	}
	if !asked.Single {
		values, err := client.RetrieveBatchSecretsSafe(asked.IDs)
		return answer{Values: values}, err
	}
	values := map[string][]byte{}
	for _, id := range asked.IDs {
		value, err := read(client, id, asked.Version)
		if err != nil {
			return answer{}, err
		}
		values[id] = value
	}
	return answer{Values: values}, nil
}

func read(client *conjurapi.Client, id string, version int) ([]byte, error) {
	if version == 0 {
		return client.RetrieveSecret(id)
	}
	return client.RetrieveSecretWithVersion(id, version)
}

func list(client *conjurapi.Client) (answer, error) {
	resources, err := client.Resources(&conjurapi.ResourceFilter{Kind: "variable", Limit: 1000})
	names := []string{}
	for _, resource := range resources {
		names = append(names, resource["id"].(string))
	}
	return answer{Resources: names}, err
}
