// Package mlog has what the driver uses of monis.app/mlog, which module proxies do not serve: the same log lines,
// through klog, in klog's text form.
package mlog

import (
	"context"
	"os"

	"k8s.io/klog/v2"
)

// Names of log formats that the driver passes.
const (
	FormatText = "text"
	FormatJSON = "json"
)

// Setup returns what flushes the log.
func Setup() func() { return klog.Flush }

// ValidateAndSetKlogLevelAndFormatGlobally leaves level and format to klog's own flags.
func ValidateAndSetKlogLevelAndFormatGlobally(context.Context, klog.Level, string) error { return nil }

// Error logs an error.
func Error(message string, err error, pairs ...any) { klog.ErrorS(err, message, pairs...) }

// Fatal logs an error and ends the program.
func Fatal(err error, pairs ...any) {
	klog.ErrorS(err, "fatal", pairs...)
	klog.Flush()
	os.Exit(1)
}
