"""on_tty.py SECONDS CMD [ARG...]: runs CMD with a terminal of its own as stdin, that nobody types on.

runc's tests expect one. stdout and stderr stay as they are. When the time is over CMD and all
that it has started in its session is killed; the exit code is 124 then, else CMD's.
"""
import os
import pty
import select
import signal
import sys
import time


def child(argv, out):
    os.dup2(out[0], 1)
    os.dup2(out[1], 2)
    os.execvp(argv[0], argv)


def main():
    deadline = time.monotonic() + float(sys.argv[1])
    out = os.dup(1), os.dup(2)
    pid, master = pty.fork()
    if pid == 0:
        child(sys.argv[2:], out)
    while time.monotonic() < deadline:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status) & 255
        # What is shown there must not fill it; without anybody on it, reading fails.
        if select.select([master], [], [], 0.05)[0]:
            try:
                os.read(master, 65536)
            except OSError:
                time.sleep(0.05)
    for target in (lambda: os.killpg(pid, signal.SIGKILL), lambda: os.kill(pid, signal.SIGKILL)):
        try:
            target()
        except OSError:
            pass
    return 124


sys.exit(main())
