#!/bin/sh
# san.sh [SECONDS]: unit tests and fuzzers of a glibc build under ASan and UBSan; each fuzzer reads
# its corpus, then libFuzzer looks for more inputs for SECONDS. `make check-san` built them.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-20}
export ASAN_OPTIONS=abort_on_error=0:detect_stack_use_after_return=1
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1

echo "  SAN   unit tests"
mkdir -p build/results
if ! build/san/scow-unit > build/results/unit-san.tap < /dev/null; then
	grep -v '^ok' build/results/unit-san.tap || true
	echo "san.sh: the unit tests fail under ASan and UBSan" >&2
	exit 1
fi
tail -n 1 build/results/unit-san.tap

# One a core: each is a single thread.
ls build/fuzz/fuzz_* | grep -v '\.map$' | xargs -P "$(nproc)" -n 1 sh -c '
	what=${2##*/fuzz_}
	found=build/fuzz/found/$what log=build/fuzz/log-$what
	mkdir -p "$found"
	"$2" -max_total_time="$1" -timeout=10 -rss_limit_mb=1024 -verbosity=0 -print_final_stats=1 \
		-artifact_prefix="build/fuzz/crash-$what-" "$found" "src/fuzz/corpus/$what" 2> "$log" ||
		{ tail -n 40 "$log" >&2; exit 1; }
	echo "  FUZZ  $what for $1 s:" $(grep -E "number_of_executed_units|new_units_added" "$log")
' fuzz "$seconds"
echo "clean under ASan and UBSan"
