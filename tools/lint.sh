#!/bin/sh
# lint.sh: every header alone, gcc's analyzer and cppcheck over src. `make lint` gives CC and CFLAGS.
#
# What is switched off, and why:
#   missingInclude*             cppcheck searches no system headers, on purpose
#   danglingLifetime in tests   cppcheck 2.10 takes a compound literal's member for a global
set -eu
jobs=$(nproc)
fail=0

echo "  LINT  headers alone"
export CC CFLAGS
ls src/*/*.h | xargs -P "$jobs" -n 1 sh -c '
	echo "#include \"${1#src/}\"" | eval "$CC $CFLAGS -Werror -fsyntax-only -x c -" ||
		{ echo "$1 does not stand alone" >&2; exit 1; }' lint || fail=1

echo "  LINT  gcc -fanalyzer"
ls src/*/*.c | grep -v -e '^src/test/' -e '^src/fuzz/' | xargs -P "$jobs" -n 1 sh -c '
	eval "$CC $CFLAGS -Werror -fanalyzer -c -o /dev/null $1"' lint || fail=1

echo "  LINT  cppcheck"
# It knows nothing of the compiler: a CPU must be named.
cppcheck -q -D__x86_64__ -D__BYTE_ORDER__=1234 -D__ORDER_LITTLE_ENDIAN__=1234 \
	-j "$jobs" --std=c11 --enable=warning,performance,portability --inline-suppr \
	--error-exitcode=1 --suppress=missingInclude --suppress=missingIncludeSystem \
	'--suppress=danglingLifetime:src/*_test.c' \
	-Isrc -DSCOW_VERSION='""' $(ls src/*/*.c) || fail=1
exit $fail
