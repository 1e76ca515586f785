#!/bin/sh
# Shows http-attach: status codes, frames and raw terminals, half close, detach keys, and what the log
# has. The numbers are those of the project's list of engine tests.
. "${0%/*}/lib.sh"
. "${0%/*}/defined.sh"

# ask QUERY [HEADER...]: a request, on stdout
ask() {
	a_query=$1
	shift
	printf 'POST /v1.41/containers/%s/attach?%s HTTP/1.1\r\nHost: x\r\n' "$name" "$a_query"
	for a_header; do printf '%s\r\n' "$a_header"; done
	printf '\r\n'
}
# serve NAME: a request on stdin, the answer in $T/answer
serve() {
	limited "$SCOW" --store "$store" http-attach "$ID-$1" >"$T/answer" 2>"$T/err"
	echo $? >"$T/code"
}
code() { cat "$T/code"; }
status_line() { head -n 1 "$T/answer" | tr -d '\r'; }
# body: what is behind the head, byte for byte
body() {
	b_at=1 b_end=$(printf '\r')
	while IFS= read -r b_line; do
		b_at=$((b_at + ${#b_line} + 1))
		[ "$b_line" != "$b_end" ] || break
	done <"$T/answer"
	tail -c "+$b_at" "$T/answer"
}
# frame STREAM TEXT...: as printf has TEXT, of less than 256 bytes
frame() {
	f_stream=$1
	shift
	# shellcheck disable=SC2059 # a format
	f_len=$(printf "$@" | wc -c)
	printf "\\00$f_stream\\000\\000\\000\\000\\000\\000\\$(printf %03o "$f_len")"
	# shellcheck disable=SC2059
	printf "$@"
}
# attached N: so many have been, to $name
is_attached() { [ "$(eng events --filter "name=$name" --filter event=attach | wc -l)" -ge "$1" ]; }
attached() { soon is_attached "$1"; }
all='stream=1&stdin=1&stdout=1&stderr=1'

# what is refused
define a -i 'echo out; cat; echo err >&2; exit 3'
name=$ID-a
ask "$all" | serve a
is "$(code):$(cat "$T/err"):$(status_line)" "0::HTTP/1.1 409 Conflict" "83 not up: 409"
has "$(body)" '{"message":"cannot attach to container' "83 with a message"
name=other
ask "$all" | serve a
is "$(status_line)" "HTTP/1.1 404 Not Found" "83 another name: 404"
name=$ID-nosuch
ask "$all" | serve nosuch
is "$(status_line)" "HTTP/1.1 404 Not Found" "83 no such container: 404"
name=$ID-a
ask "stream=1" | serve a
is "$(status_line)" "HTTP/1.1 400 Bad Request" "83 no stream: 400"
ask "$all&detachKeys=ctrl-foo" | serve a
is "$(status_line)" "HTTP/1.1 400 Bad Request" "83 no detach keys: 400"
printf 'hello\r\n\r\n' | serve a
is "$(status_line)" "HTTP/1.1 400 Bad Request" "83 no HTTP: 400"
printf 'POST /containers/' | serve a
is "$(status_line)" "HTTP/1.1 400 Bad Request" "83 half a request: 400"
head -c 20000 /dev/zero | tr '\0' x | serve a
is "$(status_line)" "HTTP/1.1 400 Bad Request" "83 one that never ends: 400"

# frames
eng init "$ID-a"
(ask "$all"; attached 1; eng start "$ID-a"; soon shows_text out "$T/answer"
	printf 'some input\n'; soon shows_text 'some input' "$T/answer") | serve a
is "$(code):$(status_line)" "0:HTTP/1.1 200 OK" "84 without Upgrade: 200"
(frame 1 'out\n'; frame 1 'some input\n'; frame 2 'err\n') >"$T/wanted"
body >"$T/got"
ok "82 85 half close: the output still arrives, in frames" cmp "$T/wanted" "$T/got"
like "$(tr -d '\r' <"$T/answer" | grep -a Content-Type)" "multiplexed-stream" "84 and says so"
is "$(eng wait "$ID-a")" 3 "85 its stdin was closed"
forget a

# logs, and two ways in
define b 'echo old; echo older >&2; while [ ! -e /tmp/go ]; do sleep 0.2; done; echo new; exit 4'
name=$ID-b
eng start "$ID-b"
has_older() { eng logs "$ID-b" 2>&1 | grep -q older; }
soon has_older
ask "logs=1&stdout=1&stderr=1" | serve b
(frame 1 'old\n'; frame 2 'older\n') >"$T/wanted"
body >"$T/got"
ok "86 logs=1&stream=0: the old output, and it is over" cmp "$T/wanted" "$T/got"
(ask "logs=1&stream=1&stdout=1" "Connection: Upgrade" "Upgrade: tcp"; attached 1; touch "$T/rootfs/tmp/go") | serve b
is "$(status_line)" "HTTP/1.1 101 UPGRADED" "84 with Upgrade: 101"
(frame 1 'old\n'; frame 1 'new\n') >"$T/wanted"
body >"$T/got"
ok "86 logs=1&stream=1: the old output, then the new" cmp "$T/wanted" "$T/got"
rm "$T/rootfs/tmp/go"
forget b

define e --log-to "json-file:$T/e.log" 'echo "{\"a\" 1}"; echo err >&2; printf open; sleep 1000'
name=$ID-e
eng start "$ID-e"
soon grep -q open "$T/e.log"
soon grep -q err "$T/e.log"
ask "logs=1&stdout=1" | serve e
(frame 1 '{"a" 1}\n'; frame 1 open) >"$T/wanted"
body >"$T/got"
ok "86 logs=1 of a json-file" cmp "$T/wanted" "$T/got"
ask "logs=1&stderr=1" | serve e
frame 2 'err\n' >"$T/wanted"
body >"$T/got"
ok "86 and its stderr" cmp "$T/wanted" "$T/got"
forget e

for log in ring "json-file:$T/n.log"; do
	n=${log%%[-:]*}
	define "$n" -t -i --log-to "$log" \
		'i=0; while :; do i=$((i + 1)) j=0; echo $i; while [ $j -lt 300 ]; do j=$((j + 1)); done; done'
	name=$ID-$n
	eng start "$name"
	for i in 1 2 3; do
		(ask "logs=1&$all"; attached $i; sleep 0.2; printf '\020\021') | serve "$n"
		body | tr -d '\r' | sed '$d' | awk 'NR > 1 && $1 != last + 1 { print last, $1 } { last = $1 }
			END { if (NR < 10) print "few" }'
	done >"$T/gaps"
	is "$(cat "$T/gaps")" "" "86 between log ($n) and stream no line is lost, and none comes twice"
	forget "$n"
done

# a terminal
define c -t -i 'stty -echo; echo ready; read x; echo "read $x"; sleep 1000'
name=$ID-c
eng start "$ID-c"
(ask "logs=1&$all"; attached 1; printf 'word\n'; soon shows_text 'read word' "$T/answer"; printf 'x\020\021more') | serve c
is "$(code):$(body | tr -d '\r' | tr '\n' ' ')" "0:ready read word " "82 a terminal: raw; detach keys end it"
is_state c running
result $? "and it runs on"
(ask "$all&detachKeys=a%2Cb"; attached 2; printf 'ab') | serve c
is "$(code):$(status_line)" "0:HTTP/1.1 200 OK" "other detach keys"
(ask "stream=1&stdout=1"; attached 3; eng kill "$ID-c" KILL) | serve c
is "$(code)" 0 "its end is the end"
forget c

# a real client
if ! command -v curl >/dev/null || ! command -v socat >/dev/null; then
	skip 3 "no curl or no socat"
	finish
fi
define d -i 'echo hello; while read x; do echo "got $x"; done; exit 0'
name=$ID-d
eng start "$ID-d"
has_hello() { eng logs "$ID-d" | grep -q hello; }
soon has_hello
socat "UNIX-LISTEN:$T/s,fork" "EXEC:$SCOW --store $store http-attach $ID-d" &
server=$!
soon test -S "$T/s"
is "$(limited curl -s --unix-socket "$T/s" -X POST "http://x/containers/$ID-d/attach?logs=1&stdout=1" | tail -c 6)" hello "86 curl"
is "$(limited curl -s -o "$T/null" -w '%{http_code}' --unix-socket "$T/s" -X POST "http://x/containers/x/attach?logs=1&stdout=1")" 404 "83 curl: 404"
limited curl -s -N --unix-socket "$T/s" -X POST "http://x/containers/$ID-d/attach?$all" >"$T/curl" &
client=$!
attached 1
kill -KILL $client
wait $client 2>/dev/null
sleep 0.3
is_state d running
result $? "a client that is killed closes nothing"
kill $server
wait $server 2>/dev/null
forget d
finish
