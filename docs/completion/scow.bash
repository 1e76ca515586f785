# bash completion for scow, printed by `scow completion bash`
_scow() {
	local cur=${COMP_WORDS[COMP_CWORD]} cmd= word skip=
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		if [ "$skip" ]; then skip=; continue; fi
		case $word in
		--root) skip=1 ;;
		--store) skip=1 ;;
		--log) skip=1 ;;
		--log-format) skip=1 ;;
		--log-level) skip=1 ;;
		--cgroup-manager) skip=1 ;;
		-*) ;;
		*) cmd=$word; break ;;
		esac
	done
	case $cmd in
	create) COMPREPLY=($(compgen -W "--bundle --config --console-socket --pid-file --pidfd-socket --preserve-fds --no-pivot --devices --no-new-keyring --help " -- "$cur")) ;;
	start) COMPREPLY=($(compgen -W "--recursive --foreground --pid-file --ready-fd --attach --interactive --detach-keys --sig-proxy --help $(scow list -q 2>/dev/null)" -- "$cur")) ;;
	run) COMPREPLY=($(compgen -W "--bundle --config --console-socket --pid-file --pidfd-socket --preserve-fds --no-pivot --devices --no-new-keyring --detach --keep --rootfs --tty --env --cwd --user --volume --tmpfs --net --memory --memory-reservation --memory-swap --cpu-share --cpus --cpu-quota --cpu-period --cpu-burst --cpu-idle --cpuset-cpus --cpuset-mems --blkio-weight --pids-limit --help " -- "$cur")) ;;
	state) COMPREPLY=($(compgen -W "--help $(scow list -q 2>/dev/null)" -- "$cur")) ;;
	kill) COMPREPLY=($(compgen -W "--signal --all --help $(scow list -q 2>/dev/null)" -- "$cur")) ;;
	delete) COMPREPLY=($(compgen -W "--force --help $(scow list -q 2>/dev/null)" -- "$cur")) ;;
	exec) COMPREPLY=($(compgen -W "--process --console-socket --pid-file --pidfd-socket --cgroup --preserve-fds --detach --tty --interactive --detach-keys --cwd --workdir --env --env-file --privileged --user --additional-gids --cap --no-new-privs --apparmor --process-label --ignore-paused --help $(scow list -q 2>/dev/null)" -- "$cur")) ;;
	ps) COMPREPLY=($(compgen -W "--format --json --help $(scow list -q 2>/dev/null)" -- "$cur")) ;;
	list) COMPREPLY=($(compgen -W "--format --json --quiet --help " -- "$cur")) ;;
	pause) COMPREPLY=($(compgen -W "--help $(scow list -q 2>/dev/null)" -- "$cur")) ;;
	resume) COMPREPLY=($(compgen -W "--help $(scow list -q 2>/dev/null)" -- "$cur")) ;;
	unpause) COMPREPLY=($(compgen -W "--help $(scow list -q 2>/dev/null)" -- "$cur")) ;;
	define) COMPREPLY=($(compgen -W "--bundle --rootfs --restart --after --stop-signal --stop-timeout --log-to --cgroup-parent --health-cmd --health-interval --health-timeout --health-retries --health-start-period --health-on-failure --rm --interactive --tty --env --cwd --user --volume --tmpfs --net --memory --memory-reservation --memory-swap --cpu-share --cpus --cpu-quota --cpu-period --cpu-burst --cpu-idle --cpuset-cpus --cpuset-mems --blkio-weight --pids-limit --help " -- "$cur")) ;;
	init) COMPREPLY=($(compgen -W "--help $(scow list -q 2>/dev/null)" -- "$cur")) ;;
	stop) COMPREPLY=($(compgen -W "--time --help $(scow list -q 2>/dev/null)" -- "$cur")) ;;
	restart) COMPREPLY=($(compgen -W "--time --help $(scow list -q 2>/dev/null)" -- "$cur")) ;;
	wait) COMPREPLY=($(compgen -W "--condition --timeout --help $(scow list -q 2>/dev/null)" -- "$cur")) ;;
	rm) COMPREPLY=($(compgen -W "--force --time --help $(scow list -q 2>/dev/null)" -- "$cur")) ;;
	attach) COMPREPLY=($(compgen -W "--session --no-stdin --no-stdout --no-stderr --detach-keys --sig-proxy --help $(scow list -q 2>/dev/null)" -- "$cur")) ;;
	exec-ls) COMPREPLY=($(compgen -W "--quiet --json --help $(scow list -q 2>/dev/null)" -- "$cur")) ;;
	resize) COMPREPLY=($(compgen -W "--help $(scow list -q 2>/dev/null)" -- "$cur")) ;;
	http-attach) COMPREPLY=($(compgen -W "--help $(scow list -q 2>/dev/null)" -- "$cur")) ;;
	artifact) COMPREPLY=($(compgen -W "--help " -- "$cur")) ;;
	batch) COMPREPLY=($(compgen -W "--help $(scow list -q 2>/dev/null)" -- "$cur")) ;;
	logs) COMPREPLY=($(compgen -W "--tail --follow --since --until --timestamps --help $(scow list -q 2>/dev/null)" -- "$cur")) ;;
	inspect) COMPREPLY=($(compgen -W "--format --size --help $(scow list -q 2>/dev/null)" -- "$cur")) ;;
	healthcheck) COMPREPLY=($(compgen -W "--help $(scow list -q 2>/dev/null)" -- "$cur")) ;;
	top) COMPREPLY=($(compgen -W "--format --json --help $(scow list -q 2>/dev/null)" -- "$cur")) ;;
	stats) COMPREPLY=($(compgen -W "--no-stream --interval --json --help $(scow list -q 2>/dev/null)" -- "$cur")) ;;
	cleanup) COMPREPLY=($(compgen -W "--rm --help $(scow list -q 2>/dev/null)" -- "$cur")) ;;
	sync) COMPREPLY=($(compgen -W "--help $(scow list -q 2>/dev/null)" -- "$cur")) ;;
	refresh) COMPREPLY=($(compgen -W "--time --help $(scow list -q 2>/dev/null)" -- "$cur")) ;;
	boot) COMPREPLY=($(compgen -W "--once --dry-run --help " -- "$cur")) ;;
	update) COMPREPLY=($(compgen -W "--resources --memory --memory-reservation --memory-swap --cpu-share --cpus --cpu-quota --cpu-period --cpu-burst --cpu-idle --cpuset-cpus --cpuset-mems --blkio-weight --pids-limit --l3-cache-schema --mem-bw-schema --help $(scow list -q 2>/dev/null)" -- "$cur")) ;;
	events) COMPREPLY=($(compgen -W "--stats --interval --since --until --filter --follow --json --help $(scow list -q 2>/dev/null)" -- "$cur")) ;;
	spec) COMPREPLY=($(compgen -W "--bundle --rootless --help " -- "$cur")) ;;
	features) COMPREPLY=($(compgen -W "--help " -- "$cur")) ;;
	check) COMPREPLY=($(compgen -W "--json --help " -- "$cur")) ;;
	explain) COMPREPLY=($(compgen -W "--json --help " -- "$cur")) ;;
	completion) COMPREPLY=($(compgen -W "--help " -- "$cur")) ;;
	help) COMPREPLY=($(compgen -W "--options --help " -- "$cur")) ;;
	*) COMPREPLY=($(compgen -W "create start run state kill delete exec ps list pause resume unpause define init stop restart wait rm attach exec-ls resize http-attach artifact batch logs inspect healthcheck top stats cleanup sync refresh boot update events spec features check explain completion help --root --store --log --log-format --log-level --debug --cgroup-manager --systemd-cgroup --mount-cgroup --version --help " -- "$cur")) ;;
	esac
}
complete -o default -F _scow scow
