package main

import (
	"context"
	"fmt"
	"os"
	"reflect"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

const nodeName = "local"

// The address of everything that a cloud would give one.
const nodeAddress = "127.0.0.1"

// Plays what is not in the API server or the controller manager: the scheduler and the kubelet of one node, and a cloud that
// gives addresses to load balancers and Ingresses and volumes to claims. Returns once the node is there.
func playNode(ctx context.Context, client kubernetes.Interface) error {
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: nodeName}}
	made, err := client.CoreV1().Nodes().Create(ctx, node, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	room := corev1.ResourceList{
		corev1.ResourceCPU:    resource.MustParse("64"),
		corev1.ResourceMemory: resource.MustParse("256Gi"),
		corev1.ResourcePods:   resource.MustParse("1000"),
	}
	made.Spec.Taints = nil
	if made, err = client.CoreV1().Nodes().Update(ctx, made, metav1.UpdateOptions{}); err != nil {
		return err
	}
	made.Status.Capacity = room
	made.Status.Allocatable = room
	made.Status.Addresses = []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: nodeAddress}}
	made.Status.Conditions = []corev1.NodeCondition{{
		Type:               corev1.NodeReady,
		Status:             corev1.ConditionTrue,
		Reason:             "KubeletReady",
		Message:            "there is no kubelet: pods run by themselves",
		LastHeartbeatTime:  metav1.Now(),
		LastTransitionTime: metav1.Now(),
	}}
	if _, err = client.CoreV1().Nodes().UpdateStatus(ctx, made, metav1.UpdateOptions{}); err != nil {
		return err
	}

	factory := informers.NewSharedInformerFactory(client, 0)
	watch(ctx, factory.Core().V1().Pods().Informer(), func(pod *corev1.Pod) error { return runPod(ctx, client, pod) })
	watch(ctx, factory.Core().V1().Services().Informer(), func(service *corev1.Service) error {
		return addressService(ctx, client, service)
	})
	watch(ctx, factory.Networking().V1().Ingresses().Informer(), func(ingress *networkingv1.Ingress) error {
		return addressIngress(ctx, client, ingress)
	})
	watch(ctx, factory.Core().V1().PersistentVolumeClaims().Informer(), func(claim *corev1.PersistentVolumeClaim) error {
		return provision(ctx, client, claim)
	})
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	return nil
}

// Calls act for each object that is there and at each change. Whatever is overtaken by a newer change comes again by itself.
func watch[T any](ctx context.Context, informer cache.SharedIndexInformer, act func(*T) error) {
	tell := func(object any) {
		found, ok := object.(*T)
		if !ok || ctx.Err() != nil {
			return
		}
		if err := act(found); err != nil && !apierrors.IsConflict(err) && !apierrors.IsNotFound(err) && ctx.Err() == nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	_, _ = informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    tell,
		UpdateFunc: func(_, object any) { tell(object) },
	})
}

func addressService(ctx context.Context, client kubernetes.Interface, service *corev1.Service) error {
	if service.Spec.Type != corev1.ServiceTypeLoadBalancer || len(service.Status.LoadBalancer.Ingress) > 0 {
		return nil
	}
	next := service.DeepCopy()
	next.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{IP: nodeAddress}}
	_, err := client.CoreV1().Services(next.Namespace).UpdateStatus(ctx, next, metav1.UpdateOptions{})
	return err
}

func addressIngress(ctx context.Context, client kubernetes.Interface, ingress *networkingv1.Ingress) error {
	if len(ingress.Status.LoadBalancer.Ingress) > 0 {
		return nil
	}
	next := ingress.DeepCopy()
	next.Status.LoadBalancer.Ingress = []networkingv1.IngressLoadBalancerIngress{{IP: nodeAddress}}
	_, err := client.NetworkingV1().Ingresses(next.Namespace).UpdateStatus(ctx, next, metav1.UpdateOptions{})
	return err
}

// Makes the volume that a claim asks for; the controller of volumes binds the two.
func provision(ctx context.Context, client kubernetes.Interface, claim *corev1.PersistentVolumeClaim) error {
	if claim.Spec.VolumeName != "" || claim.DeletionTimestamp != nil {
		return nil
	}
	class := ""
	if claim.Spec.StorageClassName != nil {
		class = *claim.Spec.StorageClassName
	}
	volume := &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: "pvc-" + string(claim.UID)},
		Spec: corev1.PersistentVolumeSpec{
			AccessModes:                   claim.Spec.AccessModes,
			Capacity:                      corev1.ResourceList{corev1.ResourceStorage: claim.Spec.Resources.Requests[corev1.ResourceStorage]},
			PersistentVolumeReclaimPolicy: corev1.PersistentVolumeReclaimRetain,
			StorageClassName:              class,
			VolumeMode:                    claim.Spec.VolumeMode,
			ClaimRef: &corev1.ObjectReference{
				APIVersion: "v1",
				Kind:       "PersistentVolumeClaim",
				Namespace:  claim.Namespace,
				Name:       claim.Name,
				UID:        claim.UID,
			},
			PersistentVolumeSource: corev1.PersistentVolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/nowhere"}},
		},
	}
	_, err := client.CoreV1().PersistentVolumes().Create(ctx, volume, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

// One step of a pod: it is bound, runs at once, and ends one step later if it is to end.
func runPod(ctx context.Context, client kubernetes.Interface, pod *corev1.Pod) error {
	pods := client.CoreV1().Pods(pod.Namespace)
	if pod.DeletionTimestamp != nil {
		now := metav1.NewDeleteOptions(0)
		now.Preconditions = metav1.NewUIDPreconditions(string(pod.UID))
		return pods.Delete(ctx, pod.Name, *now)
	}
	if pod.Spec.NodeName == "" {
		if len(pod.Spec.SchedulingGates) > 0 {
			return nil
		}
		return pods.Bind(ctx, &corev1.Binding{
			ObjectMeta: metav1.ObjectMeta{Name: pod.Name, Namespace: pod.Namespace, UID: pod.UID},
			Target:     corev1.ObjectReference{Kind: "Node", Name: nodeName},
		}, metav1.CreateOptions{})
	}
	next := pod.DeepCopy()
	next.Status = nextStatus(pod, metav1.NewTime(time.Now().Truncate(time.Second)))
	if reflect.DeepEqual(next.Status, pod.Status) {
		return nil
	}
	_, err := pods.UpdateStatus(ctx, next, metav1.UpdateOptions{})
	return err
}
