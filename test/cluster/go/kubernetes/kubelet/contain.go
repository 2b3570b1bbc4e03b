package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sys/unix"
	"k8s.io/klog/v2"
)

const (
	// containWord is the argument with which this program becomes a container's first process.
	containWord = "contain"
	// containVariable has the specification, as JSON.
	containVariable = "CONTAIN"
)

type containMount struct {
	Host, Path string
	ReadOnly   bool
}

// containSpec is what of a container's specification can be had without a container runtime: root, mounts, user, groups,
// capabilities, variables. Memory limits and seccomp profiles are not applied.
type containSpec struct {
	Root, Bundle, Node     string
	Arguments, Environment []string
	Mounts                 []containMount
	User, Group            int
	Groups                 []int
	ReadOnly               bool
	DropAll                bool
	NoNewPrivileges        bool
}

// contain turns this process, which has mount and process namespaces of its own, into the container's. It does not return.
func contain() {
	runtime.LockOSThread()
	var spec containSpec
	must(json.Unmarshal([]byte(os.Getenv(containVariable)), &spec))
	if err := spec.makeRoot(); err != nil {
		klog.Fatalf("root of the container: %v", err)
	}
	if err := spec.giveUp(); err != nil {
		klog.Fatalf("user of the container: %v", err)
	}
	klog.Fatalf("%s: %v", spec.Arguments[0], unix.Exec(spec.Arguments[0], spec.Arguments, spec.Environment))
}

func (s containSpec) makeRoot() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	if err := unix.Mount("tmpfs", s.Root, "tmpfs", 0, "mode=755"); err != nil {
		return err
	}
	// What the image has: system libraries, Node.js, the bundle.
	for _, folder := range []string{"/usr", "/lib", "/lib64", "/bin", "/sbin"} {
		if target, err := os.Readlink(folder); err == nil {
			if err := os.Symlink(target, filepath.Join(s.Root, folder)); err != nil {
				return err
			}
		} else if err := s.bind(containMount{folder, folder, true}); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	mounts := []containMount{{s.Node, "/nodejs", true}, {s.Bundle, "/opt/keyferry", true}}
	for _, device := range []string{"null", "zero", "random", "urandom"} {
		mounts = append(mounts, containMount{"/dev/" + device, "/dev/" + device, false})
	}
	for _, one := range append(mounts, s.Mounts...) {
		if err := s.bind(one); err != nil {
			return err
		}
	}
	proc := filepath.Join(s.Root, "proc")
	if err := os.MkdirAll(proc, 0o755); err != nil {
		return err
	}
	if err := unix.Mount("proc", proc, "proc", 0, ""); err != nil {
		return err
	}
	if s.ReadOnly {
		if err := unix.Mount("", s.Root, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, ""); err != nil {
			return err
		}
	}
	if err := unix.Chroot(s.Root); err != nil {
		return err
	}
	return unix.Chdir("/")
}

func (s containSpec) bind(mount containMount) error {
	info, err := os.Stat(mount.Host)
	if err != nil {
		return err
	}
	target := filepath.Join(s.Root, mount.Path)
	if info.IsDir() {
		err = os.MkdirAll(target, 0o755)
	} else if err = os.MkdirAll(filepath.Dir(target), 0o755); err == nil {
		err = os.WriteFile(target, nil, 0o644)
	}
	if err != nil {
		return err
	}
	if err := unix.Mount(mount.Host, target, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("%s on %s: %w", mount.Host, mount.Path, err)
	}
	if !mount.ReadOnly {
		return nil
	}
	return unix.Mount("", target, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, "")
}

// giveUp takes the user, and every capability the container is to be without: an empty bounding set leaves even root none
// once the program is executed.
func (s containSpec) giveUp() error {
	if s.DropAll {
		for one := uintptr(0); one <= unix.CAP_LAST_CAP; one++ {
			if err := unix.Prctl(unix.PR_CAPBSET_DROP, one, 0, 0, 0); err != nil && err != unix.EINVAL {
				return err
			}
		}
	}
	if s.NoNewPrivileges {
		if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
			return err
		}
	}
	if err := unix.Setgroups(s.Groups); err != nil {
		return err
	}
	if err := unix.Setresgid(s.Group, s.Group, s.Group); err != nil {
		return err
	}
	return unix.Setresuid(s.User, s.User, s.User)
}
