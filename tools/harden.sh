#!/bin/sh
# harden.sh [-s] [-n] FILE...: readelf shows what the link flags promise; -s allows a dynamic
# binary (an interpreter), -n one at a fixed address (PIE=0)
set -u
export LC_ALL=C
shared=0 fixed=0 bad=0
while :; do
	case ${1-} in -s) shared=1 ;; -n) fixed=1 ;; *) break ;; esac
	shift
done

complain() { echo "$file: $*" >&2; bad=1; }

for file; do
	headers=$(readelf -hlW "$file") || { bad=1; continue; }
	dynamic=$(readelf -dW "$file")
	has() { echo "$1" | grep -Eq "$2"; }
	has "$headers" 'Type: +DYN' || [ $fixed = 1 ] || complain "not position independent"
	has "$headers" ' INTERP ' && [ $shared = 0 ] && complain "asks for an interpreter: not static"
	has "$headers" 'GNU_RELRO' || complain "no RELRO"
	has "$headers" 'GNU_STACK.* RW ' || complain "the stack is executable or not declared"
	has "$headers" 'LOAD .* RWE ' && complain "a segment is writable and executable"
	has "$dynamic" 'TEXTREL' && complain "has text relocations"
	[ $fixed = 1 ] || has "$dynamic" 'BIND_NOW|FLAGS.* NOW' || complain "binds lazily"
	[ $bad = 1 ] || echo "$file: RELRO and NX as promised, $([ $fixed = 1 ] && echo fixed address || echo PIE)"
done
exit $bad
