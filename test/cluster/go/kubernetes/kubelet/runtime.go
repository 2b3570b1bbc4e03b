package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
	crifake "k8s.io/cri-api/pkg/apis/testing"
	"k8s.io/klog/v2"
)

// image says how containers of one image are run: as processes of this machine, each in a root of its own.
type image struct {
	// name is a prefix of the references that mean it.
	name string
	// bundle becomes /opt/keyferry, node /nodejs.
	bundle, node string
	// server is where pods reach the API server: there is no service network.
	server string
	// folder holds roots, logs and process ids.
	folder string
}

// containerRuntime keeps a list of containers, as the one it embeds, and runs those of the one image.
type containerRuntime struct {
	*crifake.FakeRuntimeService
	image image

	mutex   sync.Mutex
	created map[string]*container
}

type container struct {
	spec    containSpec
	log     string
	pidFile string
	process *os.Process
	ended   chan struct{}
}

func newContainerRuntime(image image) *containerRuntime {
	fake := crifake.NewFakeRuntimeService()
	fake.FakeStatus = &cri.RuntimeStatus{Conditions: []*cri.RuntimeCondition{
		{Type: cri.RuntimeReady, Status: true}, {Type: cri.NetworkReady, Status: true},
	}}
	return &containerRuntime{FakeRuntimeService: fake, image: image, created: map[string]*container{}}
}

// CreateContainer remembers what kubelet wants run.
func (r *containerRuntime) CreateContainer(ctx context.Context, sandbox string, config *cri.ContainerConfig, pod *cri.PodSandboxConfig) (string, error) {
	id, err := r.FakeRuntimeService.CreateContainer(ctx, sandbox, config, pod)
	if err != nil || r.image.name == "" || !strings.HasPrefix(config.GetImage().GetUserSpecifiedImage(), r.image.name) {
		return id, err
	}
	name := pod.GetMetadata().GetName() + "_" + config.GetMetadata().GetName()
	spec := containSpec{
		Root:   filepath.Join(r.image.folder, fmt.Sprintf("%s_%d", name, time.Now().UnixNano())),
		Bundle: r.image.bundle, Node: r.image.node,
		Arguments:   append([]string{"/nodejs/bin/node", "/opt/keyferry/main.js"}, config.GetArgs()...),
		Environment: []string{"PATH=/nodejs/bin:/usr/bin:/bin", "NODE_ENV=production"},
	}
	if len(config.GetCommand()) > 0 {
		spec.Arguments = append(config.GetCommand(), config.GetArgs()...)
	}
	for _, variable := range config.GetEnvs() {
		if !strings.HasPrefix(variable.GetKey(), "KUBERNETES_") {
			spec.Environment = append(spec.Environment, variable.GetKey()+"="+string(variable.GetValue()))
		}
	}
	host, port, _ := strings.Cut(r.image.server, ":")
	spec.Environment = append(spec.Environment, "KUBERNETES_SERVICE_HOST="+host, "KUBERNETES_SERVICE_PORT="+port)
	for _, mount := range config.GetMounts() {
		spec.Mounts = append(spec.Mounts, containMount{mount.GetHostPath(), mount.GetContainerPath(), mount.GetReadonly()})
	}
	security := config.GetLinux().GetSecurityContext()
	spec.ReadOnly = security.GetReadonlyRootfs()
	spec.NoNewPrivileges = security.GetNoNewPrivs()
	spec.User = int(security.GetRunAsUser().GetValue())
	spec.Group = int(security.GetRunAsGroup().GetValue())
	for _, group := range security.GetSupplementalGroups() {
		spec.Groups = append(spec.Groups, int(group))
	}
	for _, one := range security.GetCapabilities().GetDropCapabilities() {
		spec.DropAll = spec.DropAll || strings.EqualFold(one, "ALL")
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	base := filepath.Join(r.image.folder, name)
	r.created[id] = &container{spec: spec, log: base + ".log", pidFile: base + ".pid", ended: make(chan struct{})}
	return id, nil
}

func (r *containerRuntime) find(id string) *container {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.created[id]
}

// StartContainer starts the process.
func (r *containerRuntime) StartContainer(ctx context.Context, id string) error {
	if err := r.FakeRuntimeService.StartContainer(ctx, id); err != nil {
		return err
	}
	one := r.find(id)
	if one == nil {
		return nil
	}
	if err := one.start(); err != nil {
		r.exited(id, 128)
		close(one.ended)
		return err
	}
	go func() {
		state, err := one.process.Wait()
		status := 128
		if err == nil {
			status = state.ExitCode()
		}
		if status < 0 {
			status = 137
		}
		r.exited(id, int32(status))
		_ = os.Remove(one.pidFile)
		close(one.ended)
	}()
	return nil
}

func (one *container) start() error {
	if err := os.MkdirAll(one.spec.Root, 0o755); err != nil {
		return err
	}
	text, err := json.Marshal(one.spec)
	if err != nil {
		return err
	}
	log, err := os.OpenFile(one.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	command := exec.Command("/proc/self/exe", containWord)
	command.Env = []string{containVariable + "=" + string(text)}
	command.Stdout, command.Stderr = log, log
	command.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWPID, Setsid: true}
	if err := command.Start(); err != nil {
		return err
	}
	one.process = command.Process
	return os.WriteFile(one.pidFile, []byte(fmt.Sprint(command.Process.Pid)), 0o644)
}

// exited records how the process ended, unless kubelet has forgotten the container.
func (r *containerRuntime) exited(id string, status int32) {
	r.Lock()
	defer r.Unlock()
	if one, ok := r.Containers[id]; ok {
		one.State = cri.ContainerState_CONTAINER_EXITED
		one.FinishedAt = time.Now().UnixNano()
		one.ExitCode = status
		one.Reason = map[bool]string{true: "Completed", false: "Error"}[status == 0]
	}
}

// StopContainer asks the process to end, and ends it once the grace period is over.
func (r *containerRuntime) StopContainer(ctx context.Context, id string, timeout int64) error {
	one := r.find(id)
	if one == nil || one.process == nil {
		return r.FakeRuntimeService.StopContainer(ctx, id, timeout)
	}
	if err := one.process.Signal(unix.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		klog.ErrorS(err, "SIGTERM", "container", id)
	}
	select {
	case <-one.ended:
	case <-time.After(time.Duration(timeout) * time.Second):
		_ = one.process.Kill()
		<-one.ended
	}
	return nil
}
