// The kubelet of the test cluster: volumes, CSI, tokens, events and the node's own API calls are kubelet's. Containers of
// one image, the daemon's, are processes of this machine; of all others the runtime only keeps a list.
//
// It must be started in an empty folder: the containers have no log path, and kubelet removes what that pattern matches
// in its working directory.
package main

import (
	"context"
	"flag"
	"net"
	"os"
	"path/filepath"
	"time"

	"go.opentelemetry.io/otel/trace/noop"
	"google.golang.org/grpc"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	corev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/record"
	crifake "k8s.io/cri-api/pkg/apis/testing"
	"k8s.io/klog/v2"
	registration "k8s.io/kubelet/pkg/apis/pluginregistration/v1"
	"k8s.io/kubernetes/cmd/kubelet/app"
	"k8s.io/kubernetes/cmd/kubelet/app/options"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/kubelet"
	"k8s.io/kubernetes/pkg/kubelet/apis/config"
	cadvisor "k8s.io/kubernetes/pkg/kubelet/cadvisor/testing"
	"k8s.io/kubernetes/pkg/kubelet/cm"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	prober "k8s.io/kubernetes/pkg/kubelet/prober/testing"
	"k8s.io/kubernetes/pkg/kubelet/util"
	"k8s.io/kubernetes/pkg/util/oom"
	"k8s.io/kubernetes/pkg/volume"
	"k8s.io/kubernetes/pkg/volume/configmap"
	"k8s.io/kubernetes/pkg/volume/csi"
	"k8s.io/kubernetes/pkg/volume/emptydir"
	"k8s.io/kubernetes/pkg/volume/hostpath"
	"k8s.io/kubernetes/pkg/volume/projected"
	"k8s.io/kubernetes/pkg/volume/secret"
	"k8s.io/kubernetes/pkg/volume/util/hostutil"
	"k8s.io/kubernetes/pkg/volume/util/subpath"
	"k8s.io/mount-utils"
)

// The driver's name, as its CSIDriver object has it.
const driver = "secrets-store.csi.k8s.io"

type arguments struct {
	kubeconfig, node, address, root, socket string
	sync                                    time.Duration
	image                                   image
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == containWord {
		contain()
	}
	klog.InitFlags(nil)
	var given arguments
	flag.StringVar(&given.kubeconfig, "kubeconfig", "", "how to reach the API server")
	flag.StringVar(&given.node, "node", "", "name of the node")
	flag.StringVar(&given.address, "address", "", "address of the node; found by the default route if left out")
	flag.StringVar(&given.root, "root", "", "folder of pods and plugins")
	flag.StringVar(&given.socket, "csi", "", "socket of the CSI driver")
	flag.DurationVar(&given.sync, "sync", 10*time.Second, "how often each pod is synced, and so its volumes republished")
	flag.StringVar(&given.image.name, "image", "", "name of the image whose containers are run")
	flag.StringVar(&given.image.bundle, "bundle", "", "folder that is /opt/keyferry in it")
	flag.StringVar(&given.image.node, "nodejs", "", "folder that is /nodejs in it")
	flag.StringVar(&given.image.server, "server", "", "HOST:PORT of the API server, as containers reach it")
	flag.StringVar(&given.image.folder, "containers", "", "folder of their roots, logs and process ids")
	flag.Parse()
	must(run(context.Background(), given))
	select {}
}

func run(ctx context.Context, given arguments) error {
	settings, err := configuration(given)
	if err != nil {
		return err
	}
	for _, folder := range []string{given.root, given.image.folder, settings.PodLogsDir, filepath.Join(given.root, "plugins_registry")} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
	}
	needs, err := dependencies(ctx, given)
	if err != nil {
		return err
	}
	go announceDriver(given)
	flags := options.NewKubeletFlags()
	flags.RootDirectory = given.root
	flags.HostnameOverride = given.node
	flags.NodeIP = given.address
	flags.MinimumGCAge = meta.Duration{Duration: time.Minute}
	flags.MaxContainerCount = 200
	flags.MaxPerPodContainerCount = 1
	return app.RunKubelet(ctx, &options.KubeletServer{KubeletFlags: *flags, KubeletConfiguration: *settings}, needs)
}

func configuration(given arguments) (*config.KubeletConfiguration, error) {
	settings, err := options.NewKubeletConfiguration()
	if err != nil {
		return nil, err
	}
	settings.RegisterNode = true
	settings.MaxPods = 250
	settings.SyncFrequency.Duration = given.sync
	settings.NodeStatusUpdateFrequency.Duration = 10 * time.Second
	settings.NodeStatusReportFrequency.Duration = 5 * time.Minute
	settings.VolumeStatsAggPeriod.Duration = time.Minute
	// No server, no cgroups, no controller manager beside it.
	settings.EnableServer = false
	settings.ReadOnlyPort = 0
	settings.CgroupsPerQOS = false
	settings.CgroupRoot = ""
	settings.EnableControllerAttachDetach = false
	settings.HairpinMode = config.HairpinVeth
	settings.ResolverConfig = ""
	settings.MaxOpenFiles = 65536
	settings.StaticPodPath = ""
	settings.PodLogsDir = filepath.Join(given.root, "pod-logs")
	settings.FeatureGates = map[string]bool{}
	return settings, nil
}

func dependencies(ctx context.Context, given arguments) (*kubelet.Dependencies, error) {
	access, err := clientcmd.BuildConfigFromFlags("", given.kubeconfig)
	if err != nil {
		return nil, err
	}
	access.UserAgent = "kubelet"
	access.QPS, access.Burst = 100, 200
	client, err := kubernetes.NewForConfig(access)
	if err != nil {
		return nil, err
	}
	broadcaster := record.NewBroadcaster(record.WithContext(ctx))
	broadcaster.StartRecordingToSink(&corev1.EventSinkImpl{Interface: client.CoreV1().Events("")})
	mounter := mount.New("")
	return &kubelet.Dependencies{
		KubeClient:                client,
		HeartbeatClient:           client,
		EventClient:               client.CoreV1(),
		Recorder:                  broadcaster.NewRecorder(legacyscheme.Scheme, core.EventSource{Component: "kubelet", Host: given.node}),
		RemoteRuntimeService:      newContainerRuntime(given.image),
		RemoteImageService:        crifake.NewFakeImageService(),
		ContainerManager:          cm.NewStubContainerManager(),
		CAdvisorInterface:         &cadvisor.Fake{NodeName: given.node},
		ProbeManager:              prober.FakeManager{},
		OOMAdjuster:               oom.NewFakeOOMAdjuster(),
		OSInterface:               kubecontainer.RealOS{},
		Mounter:                   mounter,
		Subpather:                 subpath.New(mounter),
		HostUtil:                  hostutil.NewHostUtil(),
		VolumePlugins:             plugins(),
		PodStartupLatencyTracker:  util.NewPodStartupLatencyTracker(),
		NodeStartupLatencyTracker: util.NewNodeStartupLatencyTracker(klog.TODO()),
		TracerProvider:            noop.NewTracerProvider(),
	}, nil
}

func plugins() []volume.VolumePlugin {
	var all []volume.VolumePlugin
	all = append(all, emptydir.ProbeVolumePlugins()...)
	all = append(all, hostpath.ProbeVolumePlugins(volume.VolumeConfig{})...)
	all = append(all, secret.ProbeVolumePlugins()...)
	all = append(all, configmap.ProbeVolumePlugins()...)
	all = append(all, projected.ProbeVolumePlugins()...)
	return append(all, csi.ProbeVolumePlugins()...)
}

// announceDriver does what the driver's registrar container does: it waits for the driver and then tells kubelet. A driver
// that takes its place later needs no telling.
func announceDriver(given arguments) {
	for {
		connection, err := net.Dial("unix", given.socket)
		if err == nil {
			connection.Close()
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	path := filepath.Join(given.root, "plugins_registry", driver+"-reg.sock")
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		klog.Fatal(err)
	}
	listener, err := net.Listen("unix", path)
	must(err)
	server := grpc.NewServer()
	registration.RegisterRegistrationServer(server, &registrar{socket: given.socket})
	must(server.Serve(listener))
}

type registrar struct {
	registration.UnimplementedRegistrationServer
	socket string
}

func (r *registrar) GetInfo(context.Context, *registration.InfoRequest) (*registration.PluginInfo, error) {
	return &registration.PluginInfo{
		Type: registration.CSIPlugin, Name: driver, Endpoint: r.socket, SupportedVersions: []string{"1.0.0"},
	}, nil
}

func (r *registrar) NotifyRegistrationStatus(_ context.Context, status *registration.RegistrationStatus) (*registration.RegistrationStatusResponse, error) {
	if !status.PluginRegistered {
		klog.ErrorS(nil, "the driver could not be registered", "why", status.Error)
	}
	return &registration.RegistrationStatusResponse{}, nil
}

func must(err error) {
	if err != nil {
		klog.Fatal(err)
	}
}
