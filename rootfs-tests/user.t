#!/bin/sh
# Shows the process: user, groups, umask, HOME, cwd, env, no_new_privs, oom_score_adj.
. "${0%/*}/lib.sh"

status='grep -E "^(Uid|Gid|Groups|Umask|NoNewPrivs):" /proc/self/status | tr "\t" " " | sed "s/ *$//" | tr "\n" ","'
try cmd="$status"
is "$out" "Umask: 0022,Uid: 0 0 0 0,Gid: 0 0 0 0,Groups:,NoNewPrivs: 1," \
	"root, no groups, umask 022"
try cmd="$status" nnp=false user='{"uid":1000,"gid":1001,"umask":63,"additionalGids":[5,20,4242]}'
is "$out" \
	"Umask: 0077,Uid: 1000 1000 1000 1000,Gid: 1001 1001 1001 1001,Groups: 5 20 4242,NoNewPrivs: 0," \
	"uid, gid, umask, additionalGids"
try cmd="$status" user='{"uid":4294967294,"gid":4294967294,"umask":0}'
has "$out" "Umask: 0000,Uid: 4294967294 " "umask 0 is not unset; the largest uid"
try cmd="$status" user='{"uid":0,"gid":0,"additionalGids":null,"umask":null,"username":"ignored"}'
is "$rc:$out" "0:Umask: 0022,Uid: 0 0 0 0,Gid: 0 0 0 0,Groups:,NoNewPrivs: 1," "null is absent"
try cmd='umask; touch /tmp/made; stat -c %a /tmp/made' user='{"uid":0,"gid":0,"umask":7}'
is "$out" "0007
660" "the umask works"

# HOME as the container's passwd says, unless it is given
try cmd='echo $HOME'
is "$out" /root "HOME of root"
try cmd='echo $HOME' user='{"uid":1000,"gid":0}'
is "$out" /home "HOME of another user"
try cmd='echo $HOME' user='{"uid":77,"gid":0}'
is "$out" / "HOME of an unknown user"
try cmd='echo $HOME' env='["PATH=/bin","HOME=/given"]'
is "$out" /given "HOME that is given"

# cwd
try args='["pwd"]' cwd='"/tmp"'
is "$out" /tmp "cwd"
try args='["pwd"]' cwd='"/made/for/you"'
is "$rc:$out" "0:/made/for/you" "a cwd that does not exist is made"
echo x >"$T/rootfs/etc/file"
try args='["pwd"]' cwd='"/etc/file"'
refused "a cwd that is a file" '[nN]ot a directory'

# env
try args='["env"]' env='["PATH=/bin","A=b c","B=","C=x=y","HOME=/"]'
is "$out" "PATH=/bin
A=b c
B=
C=x=y
HOME=/" "the environment is what the spec says, in its order"
SECRET=1 try args='["/bin/env"]' env='null'
unlike "$out" "SECRET|SCOW" "nothing of the caller's environment gets in"

# no_new_privs against a set-uid program
if probe=$(helper probe); then
	cp "$probe" "$T/rootfs/bin/probe"
	chmod 4755 "$T/rootfs/bin/probe"
	try args='["probe","ids"]' user='{"uid":1000,"gid":1000}' nnp=false
	is "$out" "1000 0" "without noNewPrivileges a set-uid program works"
	try args='["probe","ids"]' user='{"uid":1000,"gid":1000}'
	is "$out" "1000 1000" "noNewPrivileges: a set-uid program gets nothing"
else
	skip 2 "no helper probe"
fi

# oom_score_adj
own=$(cat /proc/self/oom_score_adj)
try args='["cat","/proc/self/oom_score_adj"]' process='"oomScoreAdj":555'
is "$out" 555 "oomScoreAdj"
try args='["cat","/proc/self/oom_score_adj"]'
is "$out" "$own" "no oomScoreAdj: the caller's"
try args='["true"]' process='"oomScoreAdj":1001'
isnt "$rc" 0 "oomScoreAdj 1001 is refused"

# the process is what the spec asks for and no more
signals='["grep","-E","^Sig(Blk|Ign|Cgt):","/proc/self/status"]'
none='SigBlk:	0000000000000000
SigIgn:	0000000000000000
SigCgt:	0000000000000000'
try args="$signals"
is "$out" "$none" "no signal is blocked, ignored or caught"
(
	trap '' HUP PIPE
	try args="$signals"
	is "$out" "$none" "whatever the caller ignores"
	echo "$tests $failures" >"$T/counts"
)
read -r tests failures <"$T/counts"
try cmd='echo $$ $PPID'
is "$out" "1 0" "the program is process 1"
try cmd='cut -d" " -f5,6 /proc/1/stat'
is "$out" "1 1" "of its own session and group"
finish
