"""libmount.py: what crun's test_mounts.py takes from util-linux's module, which Debian 12 lacks."""


class Filesystem:
    def __init__(self, line):
        left, right = line.split(" - ", 1)
        self.target = left.split()[4]
        self.vfs_options = left.split()[5]
        self.fs_options = right.split()[2]


class Table:
    def __init__(self, path):
        with open(path, encoding="utf-8") as f:
            self.mounts = [Filesystem(line) for line in f if " - " in line]

    def find_target(self, target):
        """The topmost one."""
        return next((m for m in reversed(self.mounts) if m.target == target), None)
