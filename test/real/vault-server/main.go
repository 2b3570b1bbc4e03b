// Command vault-server is a Vault server for tests: the real core of Vault 1.13.0, of the last line but one under the Mozilla Public
// License, with its storage in a folder and the few engines that the tests use. Arguments: address, folder.
package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"

	log "github.com/hashicorp/go-hclog"
	credJWT "github.com/hashicorp/vault-plugin-auth-jwt"
	logicalKV "github.com/hashicorp/vault-plugin-secrets-kv"
	"github.com/hashicorp/vault/builtin/logical/pki"
	"github.com/hashicorp/vault/builtin/logical/rabbitmq"
	"github.com/hashicorp/vault/builtin/logical/transit"
	vaulthttp "github.com/hashicorp/vault/http"
	"github.com/hashicorp/vault/sdk/helper/consts"
	"github.com/hashicorp/vault/sdk/logical"
	"github.com/hashicorp/vault/sdk/physical/file"
	"github.com/hashicorp/vault/vault"
)

// noPlugins says that every engine is linked in and none is a program of its own.
type noPlugins struct{}

func (noPlugins) Contains(string, consts.PluginType) bool { return false }

func (noPlugins) Get(string, consts.PluginType) (func() (interface{}, error), bool) {
	return nil, false
}

func (noPlugins) Keys(consts.PluginType) []string { return nil }

func (noPlugins) DeprecationStatus(string, consts.PluginType) (consts.DeprecationStatus, bool) {
	return consts.Supported, true
}

func main() {
	logger := log.New(&log.LoggerOptions{Level: log.Error, Output: os.Stderr})
	store, err := file.NewFileBackend(map[string]string{"path": os.Args[2]}, logger)
	if err != nil {
		panic(err)
	}
	core, err := vault.NewCore(&vault.CoreConfig{
		Physical:        store,
		DisableMlock:    true,
		Logger:          logger,
		BuiltinRegistry: noPlugins{},
		LogicalBackends: map[string]logical.Factory{
			"kv": logicalKV.Factory, "pki": pki.Factory, "rabbitmq": rabbitmq.Factory, "transit": transit.Factory,
		},
		CredentialBackends: map[string]logical.Factory{"jwt": credJWT.Factory},
	})
	if err != nil {
		panic(err)
	}
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		panic(err)
	}
	handler := vaulthttp.Handler.Handler(&vault.HandlerProperties{Core: core})
	line, _ := json.Marshal(map[string]string{"address": "http://" + listener.Addr().String()})
	fmt.Println(string(line))
	panic(http.Serve(listener, handler))
}
