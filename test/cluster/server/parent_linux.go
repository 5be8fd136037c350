package main

import "syscall"

// The kernel ends a component whose parent was killed before it could.
func endWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
