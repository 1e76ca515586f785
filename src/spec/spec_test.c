/*
 * spec_test.c - the tables of spec.c: every property of a full configuration arrives in its member,
 * what is not implemented is refused by its path, and the file of an exec.
 */
#define _GNU_SOURCE
#include "spec/spec.h"

#include "sys/sys.h"
#include "test/test.h"

#include <sched.h>
#include <string.h>
#include <sys/resource.h>

/* Keys in the order of the tables, so that writing it again gives the same text. 'quotes' stand for
 * "quotes". */
static const char full[] =
    "{'ociVersion':'1.2.0','process':{'terminal':true,'consoleSize':{'height':24,'width':80},'user'"
    ":{'uid':1000,"
    "'gid':100,'umask':18,'additionalGids':[5,4294967295]},'args':['sh','-c','echo "
    "\\\"\\u0001'],'env':['PATH=/bin','A='],"
    "'cwd':'/"
    "tmp','capabilities':{'bounding':['CAP_CHOWN'],'effective':['CAP_KILL'],'inheritable':['CAP_"
    "FOWNER'],"
    "'permitted':['CAP_SETUID'],'ambient':['CAP_SETGID']},'rlimits':[{'type':'RLIMIT_NOFILE',"
    "'hard':18446744073709551615,'soft':9007199254740993}],'noNewPrivileges':true,'oomScoreAdj':-"
    "500},"
    "'root':{'path':'rootfs','readonly':true},'hostname':'h','domainname':'d','mounts':[{'"
    "destination':'/proc',"
    "'type':'proc','source':'proc','options':['ro','nosuid']},{'destination':'/"
    "x'}],'hooks':{'prestart':[{'path':'/h',"
    "'args':['h','1'],'env':['E=1'],'timeout':3}],'createRuntime':[{'path':'/"
    "cr'}],'createContainer':[{'path':'/cc'}],"
    "'startContainer':[{'path':'/sc'}],'poststart':[{'path':'/ps'}],'poststop':[{'path':'/pp'}]},"
    "'annotations':{'a':'1'},'linux':{'sysctl':{'net.ipv4.ip_forward':'1'},'cgroupsPath':'/pod/"
    "c1','resources':{"
    "'devices':[{'allow':true,'type':'c','major':1,'minor':-1,'access':'rw'}],'memory':{'limit':"
    "9007199254740993,"
    "'reservation':-1,'swap':9223372036854775807,'checkBeforeUpdate':true},'cpu':{'shares':1024,'"
    "quota':-1,'period':100000,"
    "'cpus':'0-1','mems':'0'},'pids':{'limit':32771},'blockIO':{'weight':500,'weightDevice':[{'"
    "major':8,'minor':1,"
    "'weight':300}],'throttleReadBpsDevice':[{'major':8,'minor':2,'rate':"
    "18446744073709551615}],"
    "'throttleWriteBpsDevice':[{'major':8,'minor':3,'rate':3}],'throttleReadIOPSDevice':[{'major':"
    "8,'minor':4,'rate':4}],"
    "'throttleWriteIOPSDevice':[{'major':8,'minor':5,'rate':5}]},'hugepageLimits':[{'pageSize':'"
    "2MB','limit':2097152}],"
    "'network':{},'rdma':{'mlx5_1':{'hcaHandles':3,'hcaObjects':4294967295}},'unified':{'memory."
    "high':'max'}},'uidMappings':[{'containerID':0,'hostID':100000,"
    "'size':65536}],"
    "'gidMappings':[{'containerID':0,'hostID':200000,'size':65536}],'namespaces':[{'type':'pid'},{'"
    "type':'network',"
    "'path':'/run/netns/"
    "n'},{'type':'ipc'},{'type':'uts'},{'type':'mount'},{'type':'user'},{'type':'cgroup'},"
    "{'type':'time'}],'devices':[{'path':'/dev/"
    "fuse','type':'c','major':10,'minor':229,'fileMode':438,'uid':1,'gid':2}],"
    "'rootfsPropagation':'rslave','seccomp':{'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':38,"
    "'architectures':['SCMP_ARCH_X86_64'],'flags':['SECCOMP_FILTER_FLAG_LOG'],'syscalls':[{'names':"
    "['read','write'],"
    "'action':'SCMP_ACT_ALLOW','errnoRet':1,'args':[{'index':1,'value':18446744073709551615,'"
    "valueTwo':2080505856,"
    "'op':'SCMP_CMP_MASKED_EQ'}]}]},'maskedPaths':['/proc/kcore'],'readonlyPaths':['/proc/sys']}}";

static char *quoted(struct arena *a, const char *text)
{
	char *s = arena_strdup(a, text);

	for (char *p = s; (p = strchr(p, '\'')); p++)
		*p = '"';
	return s;
}

static int load(struct arena *a, const char *text, struct spec *s, struct err *e)
{
	const char *json = quoted(a, text);

	*e = (struct err){ 0 };
	return spec_load(a, json, strlen(json), s, e);
}

TEST(spec_full_round_trip)
{
	struct arena a = { 0 };
	struct spec s, again;
	struct err e;

	CHECK(load(&a, full, &s, &e) == 0);
	CHECK_STR(e.text, "");
	const char *text = json_text(&a, &spec_type, &s, 0);
	CHECK_STR(text, quoted(&a, full));
	const char *pretty = json_text(&a, &spec_type, &s, 4);
	CHECK(spec_load(&a, pretty, strlen(pretty), &again, &e) == 0);
	CHECK_STR(json_text(&a, &spec_type, &again, 0), text);
	arena_free(&a);
}

/* The round trip does not see two rows that were crossed alike for reading and writing: look at the
 * members. */
TEST(spec_full_members)
{
	struct arena a = { 0 };
	struct spec s;
	struct err e;

	if (load(&a, full, &s, &e)) {
		CHECK(!"the configuration is loaded");
		return;
	}
	const struct spec_process *p = s.process;
	CHECK(p->terminal && p->console_size->height == 24 && p->console_size->width == 80);
	CHECK(p->user->uid == 1000 && p->user->gid == 100 && p->user->umask.v == 18 &&
	      p->user->additional_gids[1] == UINT32_MAX);
	CHECK(p->n_args == 3 && !p->args[3] && p->n_env == 2 && !p->env[2]);
	CHECK_STR(p->cwd, "/tmp");
	CHECK_STR(p->capabilities->bounding[0], "CAP_CHOWN");
	CHECK_STR(p->capabilities->effective[0], "CAP_KILL");
	CHECK_STR(p->capabilities->inheritable[0], "CAP_FOWNER");
	CHECK_STR(p->capabilities->permitted[0], "CAP_SETUID");
	CHECK_STR(p->capabilities->ambient[0], "CAP_SETGID");
	CHECK(p->rlimits[0].type == RLIMIT_NOFILE && p->rlimits[0].soft == 9007199254740993 &&
	      p->rlimits[0].hard == UINT64_MAX);
	CHECK(p->no_new_privileges && p->oom_score_adj.v == -500);
	CHECK_STR(s.hostname, "h");
	CHECK_STR(s.domainname, "d");
	CHECK_STR(s.mounts[0].source, "proc");
	CHECK(s.n_mounts == 2 && !s.mounts[1].type && !s.mounts[1].n_options);
	CHECK_STR(s.hooks->prestart[0].path, "/h");
	CHECK_STR(s.hooks->create_runtime[0].path, "/cr");
	CHECK_STR(s.hooks->create_container[0].path, "/cc");
	CHECK_STR(s.hooks->start_container[0].path, "/sc");
	CHECK_STR(s.hooks->poststart[0].path, "/ps");
	CHECK_STR(s.hooks->poststop[0].path, "/pp");
	CHECK(s.hooks->prestart[0].timeout.v == 3 && !s.hooks->poststop[0].timeout.set);

	const struct spec_linux *l = s.linux_;
	const struct spec_resources *r = l->resources;
	CHECK(r->devices[0].allow && r->devices[0].minor.v == -1 &&
	      r->memory->limit == 9007199254740993);
	CHECK(r->memory->reservation == -1 && r->memory->swap == INT64_MAX &&
	      r->memory->check_before_update);
	CHECK(r->cpu->shares == 1024 && r->cpu->quota == -1 && r->cpu->period == 100000 &&
	      r->pids->limit.v == 32771);
	CHECK(r->block_io->weight == 500 && r->block_io->weight_device[0].weight == 300);
	CHECK(r->block_io->read_bps[0].rate == UINT64_MAX && r->block_io->write_bps[0].minor == 3);
	CHECK(r->block_io->read_iops[0].minor == 4 && r->block_io->write_iops[0].minor == 5);
	CHECK(r->hugepage_limits[0].limit == 2097152);
	CHECK(r->rdma[0].hca_handles.v == 3 && r->rdma[0].hca_objects.v == UINT32_MAX);
	CHECK_STR(r->rdma[0].device, "mlx5_1");
	CHECK(l->uid_mappings[0].host_id == 100000 && l->gid_mappings[0].host_id == 200000 &&
	      l->gid_mappings[0].size == 65536);
	CHECK(l->devices[0].major == 10 && l->devices[0].minor == 229 &&
	      l->devices[0].file_mode.v == 0666 && l->devices[0].uid == 1);
	CHECK(l->seccomp->default_action == SPEC_ACT_ERRNO &&
	      l->seccomp->default_errno_ret.v == 38);
	const struct spec_seccomp_arg *arg = &l->seccomp->syscalls[0].args[0];
	CHECK(arg->value == UINT64_MAX && arg->value_two == 2080505856 &&
	      arg->op == SPEC_CMP_MASKED_EQ);
	CHECK_STR(l->masked_paths[0], "/proc/kcore");
	CHECK_STR(l->readonly_paths[0], "/proc/sys");

	static const int types[] = {
		CLONE_NEWPID, CLONE_NEWNET,  CLONE_NEWIPC,    CLONE_NEWUTS,
		CLONE_NEWNS,  CLONE_NEWUSER, CLONE_NEWCGROUP, (int)SYS_CLONE_NEWTIME,
	};
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		CHECK(spec_namespace(&s, types[i]) == &l->namespaces[i]);
	CHECK_STR(spec_namespace(&s, CLONE_NEWNET)->path, "/run/netns/n");
	CHECK(!spec_namespace(&s, CLONE_NEWPID)->path && !spec_namespace(&s, CLONE_VM));
	arena_free(&a);
}

/* %s: where the property goes. One that says nothing is accepted at each of these places. */
#define RESOURCE(object) \
	"{'ociVersion':'1.0.2','root':{'path':'r'},'process':{'args':['a'],'cwd':'/'}," \
	"'linux':{'namespaces':[{'type':'mount'}],'resources':{'" object "':{%s}}}}"

/* clang-format off */
static const struct {
	const char *config, *property, *why;
} refused[] = {
	{ RESOURCE("memory"), "memory.disableOOMKiller", "cgroup v2 cannot switch the OOM killer off" },
	{ RESOURCE("memory"), "memory.kernel",
	  "cgroup v2 has no limit of kernel memory alone (it counts as memory)" },
	{ RESOURCE("memory"), "memory.kernelTCP",
	  "cgroup v2 has no limit of TCP memory alone (it counts as memory)" },
	{ RESOURCE("memory"), "memory.swappiness", "cgroup v2 has none of its own for a cgroup" },
	{ RESOURCE("cpu"), "cpu.realtimeRuntime", "cgroup v2 has no real-time scheduling" },
	{ RESOURCE("cpu"), "cpu.realtimePeriod", "cgroup v2 has no real-time scheduling" },
	{ RESOURCE("blockIO"), "blockIO.leafWeight", "cgroup v2 has none" },
	{ RESOURCE("network"), "network.classID", "cgroup v2 has no net_cls controller" },
	{ RESOURCE("network"), "network.priorities", "cgroup v2 has no net_prio controller" },
};
/* clang-format on */

static char *with_property(struct arena *a, const char *config, const char *key, const char *value)
{
	const char *at = strstr(config, "%s");

	return arena_printf(a, "%.*s'%s':%s%s", (int)(at - config), config, key, value, at + 2);
}

TEST(spec_what_nobody_can_have_is_refused_by_its_path)
{
	static const char *const nothing[] = {
		"null", "0", "false", "''", "[]", "{}", "{'a':[0,{'b':''}]}"
	};
	static const char *const something[] = {
		"1", "true", "'x'", "[1]", "{'a':{'b':'c'}}", "18446744073709551615"
	};

	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		const char *config = refused[i].config, *key = strchr(refused[i].property, '.') + 1;
		struct arena a = { 0 };
		struct spec s;
		struct err e;
		const char *want = arena_printf(&a, "config.json: linux.resources.%s: %s",
		                                refused[i].property, refused[i].why);

		for (size_t k = 0; k < sizeof nothing / sizeof *nothing; k++)
			CHECK(load(&a, with_property(&a, config, key, nothing[k]), &s, &e) == 0);
		for (size_t k = 0; k < sizeof something / sizeof *something; k++) {
			CHECK(load(&a, with_property(&a, config, key, something[k]), &s, &e) == -1);
			CHECK_STR(e.text, want);
		}
		CHECK(load(&a, with_property(&a, config, "notInTheSpec", "{'x':[1]}"), &s, &e) ==
		      0);
		arena_free(&a);
	}
}

TEST(spec_linux_is_never_null)
{
	static const char text[] = "{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"r\"}}";
	struct arena a = { 0 };
	struct spec s;
	struct err e;

	CHECK(spec_load(&a, text, sizeof text - 1, &s, &e) == -1); /* no mount namespace */
	CHECK(s.linux_ && !s.linux_->n_namespaces);
	arena_free(&a);
}

TEST(spec_words_are_whole)
{
	CHECK(spec_namespaces[7].value == (int)SYS_CLONE_NEWTIME && !*spec_namespaces[8].word);
	for (const struct json_word *w = spec_seccomp_actions; *w->word; w++)
		CHECK(!strncmp(w->word, "SCMP_ACT_", 9));
	for (const struct json_word *w = spec_memory_modes; *w->word; w++)
		CHECK(!strncmp(w->word, "MPOL_", 5) && w->value == (int)(w - spec_memory_modes));
	CHECK(spec_word(spec_memory_modes, "MPOL_LOCAL") == 4);
	CHECK(spec_word(spec_memory_modes, "MPOL") == -1);
	for (const struct json_word *w = spec_seccomp_ops; *w->word; w++)
		CHECK(!strncmp(w->word, "SCMP_CMP_", 9) && w->value == (int)(w - spec_seccomp_ops));
}

TEST(spec_process_file)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{ "{'args':['ls'],'cwd':'/'}", NULL },
		{ "{'args':['ls'],'cwd':'/"
		  "','rlimits':[{'type':'RLIMIT_AS','soft':1,'hard':2}],'terminal':true}",
		  NULL },
		{ "{'args':[],'cwd':'/'}", "process.args: names no program" },
		{ "{'args':['ls']}", "process.cwd: missing" },
		{ "{'args':['ls'],'cwd':'/','terminal':'yes'}",
		  "terminal: expected true or false" },
		{ "{'args':['ls'],'cwd':'/','apparmorProfile':'x'}", NULL },
		{ "{'args':['ls'],'cwd':'/','selinuxLabel':'x\\ny'}",
		  "process.selinuxLabel: a label has no quotes and no control characters" },
		{ "[]", "expected an object" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct arena a = { 0 };
		const char *text = quoted(&a, cases[i].text);
		struct spec_process p;
		struct err e = { 0 };

		CHECK(spec_process_load(&a, text, strlen(text), &p, &e) ==
		      (cases[i].error ? -1 : 0));
		CHECK_STR(e.text, cases[i].error ? cases[i].error : "");
		arena_free(&a);
	}
}
