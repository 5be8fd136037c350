// A real Kubernetes on loopback for the tests: etcd, kube-apiserver and kube-controller-manager from the modules that
// Kubernetes publishes, and a node without a kubelet. Prints one line {"url","token","ca","version"} once it is ready, and
// ends, leaving nothing behind, when its standard input closes. With --bare there are no controllers and no node: nothing
// happens that a request did not ask for.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
)

// The program starts itself again under these names: each component keeps its settings in variables of its process.
const (
	apiServerRole   = "kube-apiserver"
	controllersRole = "kube-controller-manager"
)

// How long a slow machine may take; the tests have a limit of their own.
const patience = 3 * time.Minute

func main() {
	var err error
	switch {
	case len(os.Args) > 1 && os.Args[1] == apiServerRole:
		err = run(apiserver.NewAPIServerCommand(), os.Args[2:])
	case len(os.Args) > 1 && os.Args[1] == controllersRole:
		err = run(controllers.NewControllerManagerCommand(), os.Args[2:])
	default:
		bare := flag.Bool("bare", false, "no controllers and no node")
		flag.Parse()
		err = serve(*bare)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(command *cobra.Command, args []string) error {
	command.SetArgs(args)
	return command.Execute()
}

func serve(bare bool) error {
	folder, err := os.MkdirTemp("", "trimtab-cluster-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()

	keys, err := writeKeys(folder)
	if err != nil {
		return err
	}
	store, err := startEtcd(filepath.Join(folder, "etcd"))
	if err != nil {
		return err
	}
	defer store.Close()
	port, err := freePort()
	if err != nil {
		return err
	}
	url := fmt.Sprintf("https://127.0.0.1:%d", port)
	if err := keys.writeKubeconfig(url); err != nil {
		return err
	}

	lost := make(chan error, 2)
	args := apiServerArgs(keys, store.Clients[0].Addr().String(), port)
	if bare {
		// Nobody makes the accounts that it would ask of each pod.
		args = append(args, "--disable-admission-plugins=ServiceAccount")
	}
	server, err := startSelf(lost, apiServerRole, args...)
	if err != nil {
		return err
	}
	defer end(server)
	config := &rest.Config{
		Host:            url,
		BearerToken:     keys.token,
		TLSClientConfig: rest.TLSClientConfig{CAData: keys.ca},
		QPS:             -1,
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	if err := until(ctx, lost, func() bool {
		_, err := client.Discovery().RESTClient().Get().AbsPath("/readyz").DoRaw(ctx)
		return err == nil
	}); err != nil {
		return err
	}
	if !bare {
		manager, err := startSelf(lost, controllersRole, controllersArgs(keys)...)
		if err != nil {
			return err
		}
		defer end(manager)
		if err := playNode(ctx, client); err != nil {
			return err
		}
		if err := until(ctx, lost, func() bool { return hasControllers(ctx, client) }); err != nil {
			return err
		}
	}
	version, err := client.Discovery().ServerVersion()
	if err != nil {
		return err
	}
	if err := json.NewEncoder(os.Stdout).Encode(map[string]string{
		"url":     url,
		"token":   keys.token,
		"ca":      string(keys.ca),
		"version": version.GitVersion,
	}); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-lost:
		return err
	}
}

func apiServerArgs(keys *keys, etcd string, port int) []string {
	return []string{
		"--etcd-servers=http://" + etcd,
		"--bind-address=127.0.0.1",
		"--advertise-address=127.0.0.1",
		fmt.Sprintf("--secure-port=%d", port),
		"--endpoint-reconciler-type=none",
		"--tls-cert-file=" + keys.file("server.crt"),
		"--tls-private-key-file=" + keys.file("server.key"),
		"--token-auth-file=" + keys.file("tokens.csv"),
		"--authorization-mode=RBAC",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + keys.file("accounts.key"),
		"--service-account-signing-key-file=" + keys.file("accounts.key"),
		"--service-cluster-ip-range=10.96.0.0/16",
		"--allow-privileged=true",
		"--profiling=false",
	}
}

func controllersArgs(keys *keys) []string {
	return []string{
		"--kubeconfig=" + keys.file("kubeconfig"),
		// There is no kubelet that would report, so nobody may find the node dead.
		"--controllers=*,-node-lifecycle-controller,-taint-eviction-controller",
		"--leader-elect=false",
		"--secure-port=0",
		"--root-ca-file=" + keys.file("ca.crt"),
		"--service-account-private-key-file=" + keys.file("accounts.key"),
		"--kube-api-qps=500",
		"--kube-api-burst=1000",
		"--profiling=false",
	}
}

// The service account of a namespace is made by a controller, and no pod can be without.
func hasControllers(ctx context.Context, client kubernetes.Interface) bool {
	_, err := client.CoreV1().ServiceAccounts(metav1.NamespaceDefault).Get(ctx, "default", metav1.GetOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		fmt.Fprintln(os.Stderr, err)
	}
	return err == nil
}

// Starts a component; its end is told on lost.
func startSelf(lost chan<- error, role string, args ...string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	command := exec.Command(self, append([]string{role}, args...)...)
	command.Stderr = os.Stderr
	command.SysProcAttr = endWithParent()
	if err := command.Start(); err != nil {
		return nil, err
	}
	go func() { lost <- fmt.Errorf("%s has ended: %v", role, command.Wait()) }()
	return command, nil
}

func end(command *exec.Cmd) {
	_ = command.Process.Kill()
}

func until(ctx context.Context, lost <-chan error, done func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for !done() {
		select {
		case err := <-lost:
			return err
		case <-ctx.Done():
			return fmt.Errorf("the cluster did not become ready: %w", ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}
