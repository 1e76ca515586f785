# awk -f tools/layers.awk src/LAYERS src/*/*.[ch]: refuses an include of a higher layer's header.
# src/test and src/fuzz stand outside: they may include anything, and no product file includes them.
FNR == 1 { split(FILENAME, part, "/"); layer = part[2] }
FILENAME ~ /LAYERS$/ { if ($0 !~ /^#/ && NF) rank[$1] = ++count; next }
FNR == 1 && !(layer in rank) && layer != "test" && layer != "fuzz" {
	printf "%s: the layer %s is not in src/LAYERS\n", FILENAME, layer
	bad = 1
}
/^[ \t]*#[ \t]*include[ \t]*"/ {
	path = $0
	sub(/^[^"]*"/, "", path)
	sub(/".*/, "", path)
	if (split(path, part, "/") != 2) {
		printf "%s:%d: \"%s\" is not of the form \"layer/name.h\"\n", FILENAME, FNR, path
		bad = 1
	} else if (layer in rank && !(FILENAME ~ /_test\.c$/ && part[1] == "test") &&
		   (!(part[1] in rank) || rank[part[1]] > rank[layer])) {
		printf "%s:%d: %s must not include %s of %s\n", FILENAME, FNR, layer, part[2], part[1]
		bad = 1
	}
}
END { exit bad }
