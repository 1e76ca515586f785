#!/bin/sh
# attach.sh: shows that a real docker client is attached to a defined container through http-attach:
# TAP, ten seconds. A few lines of sh stand for the web server of a device: they answer what the client
# asks in front of it from inspect, wait and resize, and hand the connection itself to http-attach.
. "${0%/*}/lib.sh"
. "${0%/*}/../../rootfs-tests/defined.sh"
need docker socat

export DOCKER_HOST="unix://$T/docker.sock" DOCKER_CONFIG="$T/client" DOCKER_CLI_HINTS=false
cat >"$T/proxy" <<'END'
#!/bin/sh
# One connection: its first request, and whatever follows the head of an attach
cr=$(printf '\r')
eng() { "$SCOW" --store "$STORE" "$@"; }
member() { eng inspect --format "$1" "$name" 2>/dev/null; }
answer() { # STATUS BODY
	printf 'HTTP/1.1 %s\r\nApi-Version: 1.41\r\nContent-Type: application/json\r\n' "$1"
	printf 'Content-Length: %s\r\nConnection: close\r\n\r\n%s' "${#2}" "$2"
}
IFS= read -r request
set -f # a query has question marks
set -- $request
printf '%s %s\n' "$1" "$2" >>"$REQUESTS"
name=${2#*/containers/}
name=${name%%/*}
case $2 in
*/attach | */attach[?]*)
	mkfifo "$REQUESTS.$$"
	exec 3<&0 # sh gives /dev/null to a job in the background
	{ printf '%s\n' "$request" && exec cat; } <&3 >"$REQUESTS.$$" &
	exec 3<&-
	exec "$SCOW" --store "$STORE" http-attach "$name" <"$REQUESTS.$$"
	;;
esac
while IFS= read -r line && [ "$line" != "$cr" ]; do :; done
case $2 in
*/_ping) answer "200 OK" OK ;;
*/json)
	state=$(member State) && answer "200 OK" "{\"Id\":\"$name\",\"Name\":\"/$name\",\"State\":$state,
		\"Config\":{\"Tty\":$(member Config.Tty),\"OpenStdin\":$(member Config.OpenStdin)}}" ||
		answer "404 Not Found" '{"message":"No such container: '"$name"'"}'
	;;
*/wait | */wait[?]*)
	printf 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n'
	printf '{"StatusCode":%s}\n' "$(eng wait "$name")"
	;;
*/resize[?]*)
	rows=${2#*h=} columns=${2#*w=}
	eng resize "$name" "${rows%%&*}" "${columns%%&*}"
	answer "200 OK" ""
	;;
*) answer "404 Not Found" '{"message":"this is not a docker daemon"}' ;;
esac
END
chmod +x "$T/proxy"
export SCOW STORE="$store" REQUESTS="$T/requests"
socat "UNIX-LISTEN:$T/docker.sock,fork" "EXEC:$T/proxy,pipes" &
server=$!
soon test -S "$T/docker.sock"
docker() { limited docker "$@"; }
note "$(docker --version)"

define a -i 'echo out; echo err >&2; while read x; do echo "got $x"; done; exit 7'
run docker attach "$ID-a"
like "$rc:$err" '^1:.*stopped container' "a container that does not run"
run docker attach "$ID-nosuch"
like "$rc:$err" '^1:.*No such container' "one that does not exist"
eng start "$ID-a"
printf 'one\ntwo\n' | limited docker attach "$ID-a" >"$T/out" 2>"$T/err"
is "$?:$(tr '\n' ' ' <"$T/out")" "7:got one got two " "stdin, its end, stdout and the exit code"
forget a
define b 'while [ ! -e /tmp/go ]; do sleep 0.05; done; seq 100000; seq 100000 >&2; exit 3'
eng start "$ID-b"
limited docker attach --no-stdin "$ID-b" >"$T/out" 2>"$T/err" &
client=$!
attached() { eng events --filter "name=$ID-b" --filter event=attach | grep -q .; }
ok "attached" soon attached
touch "$T/rootfs/tmp/go"
ended $client
is "$?:$(size_of "$T/out"):$(size_of "$T/err")" 3:588895:588895 "a burst on both streams, each where it belongs"
forget b
if tty_begin; then
	define c -t -i "$size; read x; echo \"read \$x\"; read x"
	eng start "$ID-c"
	(
		read_it() { eng logs "$ID-c" | grep -q "$1"; }
		soon read_it '33 99'
		printf 'word\r' >&9
		soon read_it 'read word'
		printf '\020\021' >&9
	) &
	typist=$!
	on_tty "docker attach $ID-c"
	wait $typist
	has "$out" "read escape sequence" "a terminal: docker's keys end it"
	has "$out" "33 99" "and its size is the container's"
	has "$out" "read word" "typed into"
	ok "it runs on" is_state c running
	forget c
else
	skip 4 "no script(1)"
fi
kill $server
wait $server 2>/dev/null
finish
