package main

import (
	"fmt"
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// How a pod fares is told from outside, in the same way as in the embedded cluster: an image whose name holds
// does-not-exist or broken cannot be pulled; a container whose command is false or holds exit 1 fails; the annotation
// says fail or hang.
const outcomeAnnotation = "local.trimtab.dev/outcome"

var (
	brokenImage    = regexp.MustCompile(`does-not-exist|broken`)
	failingCommand = regexp.MustCompile(`(^|[\s;&|/])(exit\s+[1-9]\d*|false)\s*($|[;"'])`)
)

type outcome int

const (
	succeeds outcome = iota
	fails
	hangs
	cannotPull
)

func outcomeOf(pod *corev1.Pod) outcome {
	said := pod.Annotations[outcomeAnnotation]
	for _, container := range pod.Spec.Containers {
		if brokenImage.MatchString(container.Image) {
			return cannotPull
		}
	}
	if said == "hang" {
		return hangs
	}
	if said == "fail" {
		return fails
	}
	for _, container := range pod.Spec.Containers {
		words := append(append([]string{}, container.Command...), container.Args...)
		if failingCommand.MatchString(strings.Join(words, " ")) {
			return fails
		}
	}
	return succeeds
}

func nextStatus(pod *corev1.Pod, now metav1.Time) corev1.PodStatus {
	if pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed {
		return pod.Status
	}
	started := now
	if pod.Status.StartTime != nil {
		started = *pod.Status.StartTime
	}
	endless := pod.Spec.RestartPolicy == corev1.RestartPolicyAlways
	running := pod.Status.Phase == corev1.PodRunning
	switch result := outcomeOf(pod); {
	case result == cannotPull:
		return statusOf(pod, corev1.PodPending, waiting("ImagePullBackOff", "Back-off pulling image"), false, started)
	case result == fails && endless:
		return statusOf(pod, corev1.PodRunning, waiting("CrashLoopBackOff", "back-off restarting failed container"), false, started)
	case result == fails && running:
		return statusOf(pod, corev1.PodFailed, terminated(1, "Error", started, now), false, started)
	case result == succeeds && running && !endless:
		return statusOf(pod, corev1.PodSucceeded, terminated(0, "Completed", started, now), false, started)
	default:
		state := corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: started}}
		return statusOf(pod, corev1.PodRunning, state, result != hangs, started)
	}
}

func waiting(reason, message string) corev1.ContainerState {
	return corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}
}

func terminated(code int32, reason string, started, ended metav1.Time) corev1.ContainerState {
	return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
		ExitCode:   code,
		Reason:     reason,
		StartedAt:  started,
		FinishedAt: ended,
	}}
}

func statusOf(pod *corev1.Pod, phase corev1.PodPhase, state corev1.ContainerState, ready bool, started metav1.Time) corev1.PodStatus {
	status := *pod.Status.DeepCopy()
	status.Phase = phase
	status.StartTime = &started
	status.HostIP = nodeAddress
	status.HostIPs = []corev1.HostIP{{IP: nodeAddress}}
	status.PodIP = addressOf(pod)
	status.PodIPs = []corev1.PodIP{{IP: status.PodIP}}
	reason := "ContainersNotReady"
	if phase == corev1.PodSucceeded {
		reason = "PodCompleted"
	}
	status.Conditions = []corev1.PodCondition{
		condition(corev1.PodInitialized, true, "", started),
		condition(corev1.PodReady, ready, reason, started),
		condition(corev1.ContainersReady, ready, reason, started),
		condition(corev1.PodScheduled, true, "", started),
	}
	status.ContainerStatuses = nil
	for _, container := range pod.Spec.Containers {
		status.ContainerStatuses = append(status.ContainerStatuses, corev1.ContainerStatus{
			Name:    container.Name,
			Image:   container.Image,
			State:   state,
			Ready:   ready,
			Started: &ready,
		})
	}
	return status
}

func condition(kind corev1.PodConditionType, yes bool, reason string, since metav1.Time) corev1.PodCondition {
	made := corev1.PodCondition{Type: kind, Status: corev1.ConditionTrue, LastTransitionTime: since}
	if !yes {
		made.Status = corev1.ConditionFalse
		made.Reason = reason
	}
	return made
}

// A stable made-up address from the pod's uid.
func addressOf(pod *corev1.Pod) string {
	var high, low byte
	_, _ = fmt.Sscanf(string(pod.UID), "%2x%2x", &high, &low)
	return fmt.Sprintf("10.244.%d.%d", high, low)
}
