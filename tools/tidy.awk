# awk -f tidy.awk FILE...: habits of the house that a machine can keep. A tab counts as 8 columns;
# 100 is the aim that clang-format keeps, 120 the end, 150 in aligned tables (*.t files quote JSON
# and programs, at any length).
function say(why) { printf "%s:%d: %s\n", FILENAME, FNR, why; bad = 1 }

function columns(line,   i, n) {
	n = 0
	for (i = 1; i <= length(line); i++)
		n = substr(line, i, 1) == "\t" ? n + 8 - n % 8 : n + 1
	return n
}

# Blanks out strings and comments, so that only code is searched for calls.
function code_of(line) {
	gsub(/\\\\/, "", line)
	gsub(/\\"/, "", line)
	gsub(/"[^"]*"/, "\"\"", line)
	gsub(/\/\*([^*]|\*[^\/])*\*\//, "", line)
	if (in_comment) {
		if (!match(line, /\*\//)) return ""
		line = substr(line, RSTART + 2)
		in_comment = 0
	}
	if (match(line, /\/\*/)) {
		line = substr(line, 1, RSTART - 1)
		in_comment = 1
	}
	return " " line
}

function calls(names) { return code ~ "[^a-zA-Z0-9_](" names ")[ ]?\\(" }

FNR == 1 { in_comment = 0; in_table = 0; last = ""; c_file = FILENAME ~ /\.[ch]$/ }
FNR == 1 { ours = FILENAME ~ /^src\// && FILENAME !~ /^src\/(test|fuzz)\/|_test\.c$/ }
FNR == 601 { say("a file of more than 600 lines: split it") }
/clang-format (off|on)/ { in_table = /clang-format off/ }
columns($0) > (in_table ? 150 : 120) && FILENAME !~ /^rootfs-tests\/.*(\.t|lib\.sh)$/ { say("longer than 120 columns") }
/[ \t]$/ { say("space at the end of the line") }
/\r/ { say("carriage return") }
FILENAME !~ /\.awk$/ && /(TODO|FIXME|[^X]XXX[^X])/ { say("leftover marker") }
c_file && /^ +[^ *]/ && !in_comment && last ~ /[;{}]$/ { say("indented by spaces") }
c_file {
	code = code_of($0)
	if (ours && calls("strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol|atoll|system|popen|alloca|mktemp"))
		say("use the helper in base/ instead of this call")
	if (ours && calls("malloc|calloc|realloc|strdup|strndup|asprintf|vasprintf") &&
	    FILENAME !~ /^src\/base\//)
		say("memory comes from an arena; only src/base allocates")
	if (ours && calls("syscall") && FILENAME !~ /src\/sys\//)
		say("raw syscall(2) belongs in src/sys")
	if (ours && code ~ /cJSON/ && FILENAME !~ /src\/base\/json[a-z_]*\.[ch]$/)
		say("cJSON stays inside src/base/json*.c")
	if (code ~ /\/\//)
		say("comments are /* */")
}
{ last = $0 }
END { exit bad }
