/* check_test.c - each rule of check.c and check_process.c by its error, and the values at both
 * sides of it. 'quotes' stand for "quotes". */
#include "spec/check.h"

#include "test/test.h"

#include <string.h>

#define CONFIG(version, root, process, linux, more) \
	"{'ociVersion':'" version "','root':" root ",'process':" process ",'linux':" linux more "}"
#define ROOT             "{'path':'rootfs'}"
#define PROCESS          "{'args':['sh'],'cwd':'/'}"
#define LINUX            "{'namespaces':[{'type':'mount'},{'type':'uts'}]}"
#define VERSION(v)       CONFIG(v, ROOT, PROCESS, LINUX, "")
#define WITH_ROOT(r)     CONFIG("1.0.2", r, PROCESS, LINUX, "")
#define WITH_PROCESS(p)  CONFIG("1.0.2", ROOT, p, LINUX, "")
#define WITH_LINUX(l)    CONFIG("1.0.2", ROOT, PROCESS, l, "")
#define WITH(more)       CONFIG("1.0.2", ROOT, PROCESS, LINUX, "," more)
#define ALSO(more)       WITH_PROCESS("{'args':['sh'],'cwd':'/'," more "}")
#define MOUNT_NS         "'namespaces':[{'type':'mount'}]"
#define LINUX_ALSO(more) WITH_LINUX("{" MOUNT_NS "," more "}")
#define USER_NS          "'namespaces':[{'type':'mount'},{'type':'user'}]"
#define IDS              "[{'containerID':0,'hostID':1000,'size':1}]"
#define JOINED_MOUNT(root, linux, more) \
	CONFIG("1.0.2", root, PROCESS, \
	       "{'namespaces':[{'type':'mount','path':'/proc/1/ns/mnt'}]" linux "}", "," more)
#define JOINED_ERROR ": cannot be applied in a mount namespace that is joined"
#define NET(d) \
	WITH_LINUX("{'namespaces':[{'type':'mount'},{'type':'network'}],'netDevices':{" d "}}")
#define TIMES(t) \
	WITH_LINUX("{'namespaces':[{'type':'mount'},{'type':'time'}],'timeOffsets':{" t "}}")
#define HOOK(list, h) WITH("'hooks':{'" list "':[{'path':'/bin/true'}," h "]}")
#define DEVICE(d) \
	LINUX_ALSO("'devices':[{'type':'c','path':'/dev/null','major':1,'minor':3}," d "]")
#define RULE(r) LINUX_ALSO("'resources':{'devices':[{'allow':false,'access':'rwm'}," r "]}")
#define RLIMIT(r) \
	ALSO("'rlimits':[{'type':'RLIMIT_CORE','soft':0,'hard':18446744073709551615}," r "]")
#define SCHED(s)   ALSO("'scheduler':" s)
#define NUMA(m)    LINUX_ALSO("'memoryPolicy':" m)
#define SECCOMP(s) LINUX_ALSO("'seccomp':{'defaultAction':'SCMP_ACT_ALLOW','syscalls':[" s "]}")
#define NOTIFY(more, name) \
	LINUX_ALSO("'seccomp':{'defaultAction':'SCMP_ACT_ALLOW'," more \
	           ",'syscalls':[{'names':['" name "'],'action':'SCMP_ACT_NOTIFY'}]}")

/* clang-format off */
static const struct { const char *config, *error; } cases[] = { /* NULL: accepted */
	{ VERSION("1.0.0"), NULL }, { VERSION("1.3.0-dev"), NULL }, { VERSION("1.0.2+build"), NULL },
	{ VERSION("2.0.0"), "ociVersion: \"2.0.0\" is not a version 1 of the OCI runtime spec" },
	{ VERSION("1"), "ociVersion: \"1\" is not a version 1 of the OCI runtime spec" },
	{ VERSION("1."), "ociVersion: \"1.\" is not a version 1 of the OCI runtime spec" },
	{ VERSION("1.x"), "ociVersion: \"1.x\" is not a version 1 of the OCI runtime spec" },
	{ VERSION("10.0.0"), "ociVersion: \"10.0.0\" is not a version 1 of the OCI runtime spec" },
	{ VERSION(""), "ociVersion: \"\" is not a version 1 of the OCI runtime spec" },
	{ "{}", "ociVersion: missing" },
	{ "{'ociVersion':1}", "ociVersion: expected a string" },
	{ WITH_ROOT("null"), "root: missing" },
	{ WITH_ROOT("{}"), "root.path: missing" },
	{ WITH_ROOT("{'path':''}"), "root.path: empty" },
	{ WITH_ROOT("{'path':'/','readonly':true}"), NULL },
	{ WITH_ROOT("{'path':'/','readonly':'true'}"), "root.readonly: expected true or false" },
	{ WITH("'mounts':[{'destination':'/a'},{'destination':''}]"), "mounts[1].destination: empty" },
	{ WITH("'mounts':[{'type':'proc'}]"), "mounts[0].destination: missing" },
	{ WITH("'mounts':[{'destination':'relative','type':'tmpfs'}]"), NULL },
	{ WITH("'mounts':[{'destination':'/a','uidMappings':" IDS ",'gidMappings':" IDS "}]"), NULL },
	{ WITH("'mounts':[{'destination':'/a','uidMappings':[],'gidMappings':null}]"), NULL },
	{ WITH("'mounts':[{'destination':'/a','uidMappings':" IDS "}]"),
	  "mounts[0].uidMappings: invalid mount: uidMappings and gidMappings must be given together" },
	{ WITH("'mounts':[{'destination':'/a','uidMappings':[],'gidMappings':" IDS "}]"),
	  "mounts[0].uidMappings: invalid mount: uidMappings and gidMappings must be given together" },
	/* process */
	{ WITH_PROCESS("null"), NULL },
	{ WITH_PROCESS("{'cwd':'/'}"), "process.args: names no program" },
	{ WITH_PROCESS("{'args':[],'cwd':'/'}"), "process.args: names no program" },
	{ WITH_PROCESS("{'args':[''],'cwd':'/'}"), "process.args: names no program" },
	{ WITH_PROCESS("{'args':['sh']}"), "process.cwd: missing" },
	{ WITH_PROCESS("{'args':['sh'],'cwd':''}"), "process.cwd: \"\" is not an absolute path" },
	{ WITH_PROCESS("{'args':['sh'],'cwd':'tmp'}"), "process.cwd: \"tmp\" is not an absolute path" },
	{ ALSO("'user':{'umask':0}"), NULL }, { ALSO("'user':{'umask':511}"), NULL },
	{ ALSO("'user':{'umask':512}"), "process.user.umask: not from 0 to 511" },
	{ ALSO("'user':{'umask':-1}"), "process.user.umask: not from 0 to 511" },
	{ ALSO("'user':{'uid':4294967296}"), "process.user.uid: expected a whole number from 0 to 4294967295" },
	{ ALSO("'user':{'additionalGids':[1,-1]}"),
	  "process.user.additionalGids[1]: expected a whole number from 0 to 4294967295" },
	{ ALSO("'oomScoreAdj':-1000"), NULL }, { ALSO("'oomScoreAdj':1000"), NULL },
	{ ALSO("'oomScoreAdj':-1001"), "process.oomScoreAdj: not from -1000 to 1000" },
	{ ALSO("'oomScoreAdj':1001"), "process.oomScoreAdj: not from -1000 to 1000" },
	{ RLIMIT("{'type':'RLIMIT_NOFILE','soft':1024,'hard':1024}"), NULL },
	{ RLIMIT("{'type':'RLIMIT_NOFILE','soft':1025,'hard':1024}"),
	  "process.rlimits[1]: the soft limit is above the hard one" },
	{ RLIMIT("{'type':'RLIMIT_AS','soft':18446744073709551615,'hard':18446744073709551614}"),
	  "process.rlimits[1]: the soft limit is above the hard one" },
	{ RLIMIT("{'type':'RLIMIT_CORE','soft':0,'hard':1}"), "process.rlimits[1].type: this limit stands twice" },
	{ RLIMIT("{'type':'RLIMIT_NONE','soft':0,'hard':1}"),
	  "process.rlimits[1].type: \"RLIMIT_NONE\" is not known here" },
	{ RLIMIT("{'soft':0,'hard':1}"), "process.rlimits[1].type: missing" },
	{ RLIMIT("{'type':'RLIMIT_AS','soft':-1,'hard':1}"),
	  "process.rlimits[1].soft: expected a whole number from 0 to 18446744073709551615" },
	{ SCHED("{'policy':'SCHED_OTHER','nice':-20}"), NULL },
	{ SCHED("{'policy':'SCHED_BATCH','nice':19,'flags':[]}"), NULL },
	{ SCHED("{'policy':'SCHED_OTHER','nice':20}"), "process.scheduler.nice: not from -20 to 19" },
	{ SCHED("{'policy':'SCHED_OTHER','nice':-21}"), "process.scheduler.nice: not from -20 to 19" },
	{ SCHED("{'policy':'SCHED_FIFO','priority':1}"), NULL },
	{ SCHED("{'policy':'SCHED_RR','priority':99,'flags':['SCHED_FLAG_RESET_ON_FORK']}"), NULL },
	{ SCHED("{'policy':'SCHED_FIFO','priority':0}"), "process.scheduler.priority: not from 1 to 99" },
	{ SCHED("{'policy':'SCHED_RR','priority':100}"), "process.scheduler.priority: not from 1 to 99" },
	{ SCHED("{'policy':'SCHED_IDLE','priority':1}"),
	  "process.scheduler.priority: goes with SCHED_FIFO and SCHED_RR only" },
	{ SCHED("{'policy':'SCHED_DEADLINE','runtime':1,'deadline':2,'nice':19}"), NULL },
	{ SCHED("{'policy':'SCHED_DEADLINE','runtime':1}"),
	  "process.scheduler: SCHED_DEADLINE needs runtime and deadline" },
	{ SCHED("{'policy':'SCHED_DEADLINE','deadline':1}"),
	  "process.scheduler: SCHED_DEADLINE needs runtime and deadline" },
	{ SCHED("{'policy':'SCHED_BATCH','period':1}"),
	  "process.scheduler: runtime, deadline and period go with SCHED_DEADLINE only" },
	{ SCHED("{'policy':'SCHED_OTHER','flags':['SCHED_FLAG_RECLAIM','X']}"),
	  "process.scheduler.flags[1]: \"X\" is not known" },
	{ SCHED("{'policy':'NORMAL'}"), "process.scheduler.policy: \"NORMAL\" is not known here" },
	{ SCHED("{}"), "process.scheduler.policy: missing" },
	{ ALSO("'ioPriority':{'class':'IOPRIO_CLASS_RT','priority':7}"), NULL },
	{ ALSO("'ioPriority':{'class':'IOPRIO_CLASS_BE','priority':8}"),
	  "process.ioPriority.priority: not from 0 to 7" },
	{ ALSO("'ioPriority':{'class':'IOPRIO_CLASS_BE','priority':-1}"),
	  "process.ioPriority.priority: not from 0 to 7" },
	{ ALSO("'ioPriority':{'priority':1}"), "process.ioPriority.class: missing" },
	{ ALSO("'execCPUAffinity':{'initial':'0-3,7','final':''}"), NULL },
	{ ALSO("'execCPUAffinity':{'initial':'0-'}"), "process.execCPUAffinity.initial: \"0-\" is no list of CPUs" },
	{ ALSO("'execCPUAffinity':{'final':'8192'}"), "process.execCPUAffinity.final: \"8192\" is no list of CPUs" },
	{ ALSO("'apparmorProfile':'','selinuxLabel':'a:b:c:s0:c1,c2'"), NULL },
	{ ALSO("'apparmorProfile':'a\\nb'"),
	  "process.apparmorProfile: a label has no quotes and no control characters" },
	/* hooks */
	{ HOOK("prestart", "{'path':'x'}"), "hooks.prestart[1].path: \"x\" is not an absolute path" },
	{ HOOK("createRuntime", "{'path':''}"), "hooks.createRuntime[1].path: \"\" is not an absolute path" },
	{ HOOK("createContainer", "{}"), "hooks.createContainer[1].path: missing" },
	{ HOOK("startContainer", "{'path':'/x','timeout':0}"), "hooks.startContainer[1].timeout: not above 0" },
	{ HOOK("poststart", "{'path':'/x','timeout':-1}"), "hooks.poststart[1].timeout: not above 0" },
	{ HOOK("poststop", "{'path':'./x'}"), "hooks.poststop[1].path: \"./x\" is not an absolute path" },
	{ HOOK("poststop", "{'path':'/x','timeout':1,'args':['a'],'env':['A=b']}"), NULL },
	{ WITH("'hooks':{'prestart':{}}"), "hooks.prestart: expected a list" },
	{ WITH("'hooks':{'unknown':7}"), NULL },
	/* namespaces and names */
	{ WITH_LINUX("null"), "linux.namespaces: a container needs a mount namespace" },
	{ WITH_LINUX("{'namespaces':[{'type':'pid'}]}"), "linux.namespaces: a container needs a mount namespace" },
	{ WITH_LINUX("{'namespaces':[{'type':'mount'},{'type':'pid'},{'type':'mount'}]}"),
	  "linux.namespaces[2].type: this namespace stands twice" },
	{ WITH_LINUX("{'namespaces':[{'type':'mount'},{'type':'net'}]}"),
	  "linux.namespaces[1].type: \"net\" is not known here" },
	{ WITH_LINUX("{'namespaces':[{'type':'mount','path':''},{'type':'pid','path':''}]}"), NULL },
	{ JOINED_MOUNT("{'path':'/','readonly':false}", "", "'mounts':[],'hostname':''"), NULL },
	{ JOINED_MOUNT(ROOT, ",'maskedPaths':[],'rootfsPropagation':''", "'mounts':null"), NULL },
	{ JOINED_MOUNT(ROOT, "", "'mounts':[{'destination':'/p','type':'proc'}]"), "mounts" JOINED_ERROR },
	{ JOINED_MOUNT("{'path':'/','readonly':true}", "", "'mounts':[]"), "root.readonly" JOINED_ERROR },
	{ JOINED_MOUNT(ROOT, ",'devices':[{'path':'/dev/p','type':'p'}]", "'mounts':[]"), "linux.devices" JOINED_ERROR },
	{ JOINED_MOUNT(ROOT, ",'maskedPaths':['/a']", "'mounts':[]"), "linux.maskedPaths" JOINED_ERROR },
	{ JOINED_MOUNT(ROOT, ",'readonlyPaths':['/a']", "'mounts':[]"), "linux.readonlyPaths" JOINED_ERROR },
	{ JOINED_MOUNT(ROOT, ",'rootfsPropagation':'slave'", "'mounts':[]"), "linux.rootfsPropagation" JOINED_ERROR },
	{ WITH_LINUX("{'namespaces':[{'type':'mount','path':'proc/1/ns/mnt'}]}"),
	  "linux.namespaces[0].path: \"proc/1/ns/mnt\" is not an absolute path" },
	{ WITH_LINUX("{'namespaces':[{'type':'mount'},{'type':'network'},{'type':'ipc'},{'type':'uts'},{'type':'pid'},"
	             "{'type':'cgroup'},{'type':'time'}]}"), NULL },
	{ CONFIG("1.0.2", ROOT, PROCESS, "{" MOUNT_NS "}", ",'hostname':'h'"),
	  "hostname: cannot be set without a uts namespace" },
	{ CONFIG("1.0.2", ROOT, PROCESS, "{" MOUNT_NS "}", ",'domainname':'d'"),
	  "domainname: cannot be set without a uts namespace" },
	{ CONFIG("1.0.2", ROOT, PROCESS, "{" MOUNT_NS "}", ",'domainname':'','hostname':''"), NULL },
	{ WITH("'hostname':'h','domainname':'d'"), NULL },
	{ LINUX_ALSO("'uidMappings':" IDS), "linux.uidMappings: id mappings need a user namespace" },
	{ LINUX_ALSO("'gidMappings':" IDS), "linux.uidMappings: id mappings need a user namespace" },
	{ WITH_LINUX("{" USER_NS "}"), "linux.uidMappings: a new user namespace needs uidMappings and gidMappings" },
	{ WITH_LINUX("{" USER_NS ",'uidMappings':" IDS "}"),
	  "linux.uidMappings: a new user namespace needs uidMappings and gidMappings" },
	{ WITH_LINUX("{" USER_NS ",'uidMappings':" IDS ",'gidMappings':" IDS "}"), NULL },
	{ WITH_LINUX("{'namespaces':[{'type':'mount'},{'type':'user','path':'/proc/1/ns/user'}]}"), NULL },
	/* clocks */
	{ TIMES("'monotonic':{'secs':-5,'nanosecs':999999999},'boottime':{}"), NULL },
	{ TIMES("'monotonic':{'nanosecs':1000000000}"), "linux.timeOffsets.monotonic.nanosecs: not below a second" },
	{ TIMES("'monotonic':{'nanosecs':-1}"),
	  "linux.timeOffsets.monotonic.nanosecs: expected a whole number from 0 to 4294967295" },
	{ TIMES("'boottime':{'secs':1},'realtime':{'secs':1}"),
	  "linux.timeOffsets: \"realtime\" is not monotonic or boottime" },
	{ LINUX_ALSO("'timeOffsets':{'boottime':{'secs':1}}"),
	  "linux.timeOffsets: the clocks of a time namespace that is inherited cannot be set" },
	{ WITH_LINUX("{'namespaces':[{'type':'mount'},{'type':'time','path':'/proc/1/ns/time'}],"
	             "'timeOffsets':{'boottime':{'secs':1}}}"),
	  "linux.timeOffsets: the clocks of a time namespace that is joined cannot be set" },
	{ LINUX_ALSO("'timeOffsets':{}"), NULL }, { LINUX_ALSO("'timeOffsets':{'boottime':null}"), NULL },
	/* network devices */
	{ NET("'eth0':{},'eth1':{'name':'net%d'},'eth2':{'name':'net%d'},'a.b-c_d':{'name':''}"), NULL },
	{ NET("'123456789012345':{'name':'abcdefghijklmno'}"), NULL },
	{ NET("'1234567890123456':{}"), "linux.netDevices: \"1234567890123456\" is not the name of a network device" },
	{ NET("'':{}"), "linux.netDevices: \"\" is not the name of a network device" },
	{ NET("'eth%d':{}"), "linux.netDevices: \"eth%d\" is not the name of a network device" },
	{ NET("'eth0':{'name':'a/b'}"), "linux.netDevices.eth0.name: \"a/b\" is not the name of a network device" },
	{ NET("'eth0':{'name':'a:b'}"), "linux.netDevices.eth0.name: \"a:b\" is not the name of a network device" },
	{ NET("'eth0':{'name':'a b'}"), "linux.netDevices.eth0.name: \"a b\" is not the name of a network device" },
	{ NET("'eth0':{'name':'..'}"), "linux.netDevices.eth0.name: \"..\" is not the name of a network device" },
	{ NET("'eth0':{'name':'a%s'}"), "linux.netDevices.eth0.name: \"a%s\" is not the name of a network device" },
	{ NET("'eth0':{'name':'%d%d'}"), "linux.netDevices.eth0.name: \"%d%d\" is not the name of a network device" },
	{ NET("'eth0':{'name':'eth1'},'eth1':{}"), "linux.netDevices.eth1.name: \"eth1\" stands twice" },
	{ LINUX_ALSO("'netDevices':{'eth0':{}}"), "linux.netDevices: cannot be moved without a network namespace" },
	{ LINUX_ALSO("'netDevices':{}"), NULL },
	/* devices and rules */
	{ DEVICE("{'type':'p','path':'/dev/fifo'}"), NULL },
	{ DEVICE("{'type':'u','path':'/dev/u','major':0,'minor':0,'fileMode':438}"), NULL },
	{ DEVICE("{'type':'a','path':'/dev/x'}"), "linux.devices[1].type: \"a\" is not c, b, u or p" },
	{ DEVICE("{'type':'','path':'/dev/x'}"), "linux.devices[1].type: \"\" is not c, b, u or p" },
	{ DEVICE("{'type':'cb','path':'/dev/x'}"), "linux.devices[1].type: \"cb\" is not c, b, u or p" },
	{ DEVICE("{'type':'c','path':'dev/x'}"), "linux.devices[1].path: \"dev/x\" is not an absolute path" },
	{ DEVICE("{'type':'c'}"), "linux.devices[1].path: missing" },
	{ DEVICE("{'path':'/dev/x'}"), "linux.devices[1].type: missing" },
	{ DEVICE("{'type':'b','path':'/dev/x','major':-1,'minor':0}"),
	  "linux.devices[1]: major and minor are not numbers of a device" },
	{ DEVICE("{'type':'b','path':'/dev/x','major':0,'minor':-1}"),
	  "linux.devices[1]: major and minor are not numbers of a device" },
	{ DEVICE("{'type':'c','path':'/dev/x','fileMode':-1}"), "linux.devices[1].fileMode: not a file mode" },
	{ DEVICE("{'type':'c','path':'/dev/x','fileMode':65536}"), "linux.devices[1].fileMode: not a file mode" },
	{ RULE("{'allow':true,'type':'c','major':1,'minor':-1,'access':'r'}"), NULL },
	{ RULE("{'allow':true,'type':'','access':''}"), NULL },
	{ RULE("{'type':'u'}"), "linux.resources.devices[1].type: \"u\" is not a, b or c" },
	{ RULE("{'type':'ab'}"), "linux.resources.devices[1].type: \"ab\" is not a, b or c" },
	{ RULE("{'allow':false,'access':'rwa'}"), NULL },
	{ RULE("{'allow':true,'access':'rwa'}"), "linux.resources.devices[1].access: \"rwa\" is not made of r, w and m" },
	{ RULE("{'access':'rx'}"), "linux.resources.devices[1].access: \"rx\" is not made of r, w and m" },
	/* the rest of linux */
	{ SECCOMP("{'names':['read'],'action':'SCMP_ACT_ERRNO','errnoRet':1,'args':[{'index':5,"
	          "'value':18446744073709551615,'valueTwo':1,'op':'SCMP_CMP_MASKED_EQ'}]}"), NULL },
	{ SECCOMP("{'names':[],'action':'SCMP_ACT_ERRNO'}"), "linux.seccomp.syscalls[0].names: empty" },
	{ SECCOMP("{'names':['read'],'action':'SCMP_ACT_ERRNO','args':[{'index':0,'op':'SCMP_CMP_EQ'},"
	          "{'index':6,'op':'SCMP_CMP_EQ'}]}"),
	  "linux.seccomp.syscalls[0].args[1].index: not from 0 to 5" },
	{ SECCOMP("{'names':['read'],'action':'ALLOW'}"),
	  "linux.seccomp.syscalls[0].action: \"ALLOW\" is not known here" },
	{ SECCOMP("{'names':['read'],'action':'SCMP_ACT_NOTIFY'}"), "linux.seccomp.listenerPath: missing, and SCMP_ACT_NOTIFY needs it" },
	{ NOTIFY("'listenerPath':''", "read"), "linux.seccomp.listenerPath: missing, and SCMP_ACT_NOTIFY needs it" },
	{ NOTIFY("'listenerPath':'x'", "read"), "linux.seccomp.listenerPath: \"x\" is not an absolute path" },
	{ NOTIFY("'listenerPath':'/x','listenerMetadata':'y'", "read"), NULL },
	{ NOTIFY("'listenerPath':'/x'", "write"),
	  "linux.seccomp.syscalls[0].names[0]: SCMP_ACT_NOTIFY cannot be used for the write syscall" },
	{ LINUX_ALSO("'seccomp':{'defaultAction':'SCMP_ACT_ALLOW','listenerMetadata':'x'}"),
	  "linux.seccomp.listenerMetadata: needs a listenerPath" },
	{ LINUX_ALSO("'seccomp':{'defaultAction':'SCMP_ACT_NOTIFY','listenerPath':'/x'}"),
	  "linux.seccomp.defaultAction: SCMP_ACT_NOTIFY cannot be used as default action" },
	{ LINUX_ALSO("'seccomp':{'syscalls':[]}"), "linux.seccomp.defaultAction: missing" },
	{ LINUX_ALSO("'rootfsPropagation':''"), NULL }, { LINUX_ALSO("'rootfsPropagation':'rslave'"), NULL },
	{ LINUX_ALSO("'rootfsPropagation':'runbindable'"), NULL },
	{ LINUX_ALSO("'rootfsPropagation':'Shared'"),
	  "linux.rootfsPropagation: \"Shared\" is not shared, slave, private or unbindable" },
	{ LINUX_ALSO("'personality':{'domain':'LINUX','flags':[]}"), NULL },
	{ LINUX_ALSO("'personality':{'domain':'LINUX32','flags':['X']}"), "linux.personality.flags[0]: \"X\" is not known" },
	{ LINUX_ALSO("'personality':{'domain':'linux'}"), "linux.personality.domain: \"linux\" is not known here" },
	{ LINUX_ALSO("'personality':{}"), "linux.personality.domain: missing" },
	{ LINUX_ALSO("'mountLabel':'a:b:c:s0:c1,c2'"), NULL },
	{ LINUX_ALSO("'mountLabel':'a\\\"'"), "linux.mountLabel: a label has no quotes and no control characters" },
	{ NUMA("{}"), NULL }, { NUMA("{'mode':'','nodes':''}"), NULL }, { NUMA("{'mode':'MPOL_LOCAL'}"), NULL },
	{ NUMA("{'mode':'MPOL_BIND','nodes':'0-3,1023','flags':['MPOL_F_STATIC_NODES']}"), NULL },
	{ NUMA("{'mode':'BIND','nodes':'0'}"), "linux.memoryPolicy.mode: invalid memory policy mode \"BIND\"" },
	{ NUMA("{'nodes':'0'}"), "linux.memoryPolicy.mode: invalid memory policy mode \"\"" },
	{ NUMA("{'flags':['MPOL_F_STATIC_NODES']}"), "linux.memoryPolicy.mode: invalid memory policy mode \"\"" },
	{ NUMA("{'mode':'MPOL_BIND','nodes':'1024'}"),
	  "linux.memoryPolicy.nodes: invalid memory policy node list \"1024\"" },
	{ NUMA("{'mode':'MPOL_BIND','nodes':'0','flags':['X']}"),
	  "linux.memoryPolicy.flags[0]: invalid memory policy flag \"X\"" },
	{ WITH("'annotations':{'a':'1','':'2'}"), "annotations: a key is empty" },
	{ WITH("'annotations':{'a':''}"), NULL },
	{ WITH("'annotations':{'a':1}"), "annotations.a: expected a string" },
};
/* clang-format on */

TEST(check_table)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct arena a = { 0 };
		char *text = arena_strdup(&a, cases[i].config);
		struct spec s;
		struct err e = { 0 };

		for (char *p = text; (p = strchr(p, '\'')); p++)
			*p = '"';
		int r = spec_load(&a, text, strlen(text), &s, &e);
		CHECK(r == (cases[i].error ? -1 : 0));
		CHECK(!r || e.kind == ERR_CONFIG);
		CHECK_STR(e.text, cases[i].error
		                      ? arena_printf(&a, "config.json: %s", cases[i].error)
		                      : "");
		arena_free(&a);
	}
}
