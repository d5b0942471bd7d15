#!/usr/bin/python3
"""Executes a build plan on Dask, with two workers that share nothing but the tool, one of which dies.

    dask_build.py TOOL PLAN OUT

A worker gets the bytes of a job, compiles them in a folder of its own and returns the bytes of the
unit. When a third of the units is there, one worker is killed. Prints how many units came from each.
"""

import collections
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

from dask.distributed import Client, as_completed


def compile_unit(tool, job):
    """One command of the plan, wherever this runs."""
    with tempfile.TemporaryDirectory() as folder:
        source, result = pathlib.Path(folder, "job"), pathlib.Path(folder, "unit")
        source.write_bytes(job)
        subprocess.run([tool, "compile-unit", source, "-o", result], check=True)
        return os.getpid(), result.read_bytes()


def start(module, *arguments):
    command = [sys.executable, "-m", f"distributed.cli.{module}", *arguments]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def commands(plan):
    """The jobs, the units that come of them, and the link, as the Ninja file has them."""
    text = pathlib.Path(plan, "build.ninja").read_text()
    units = re.findall(r"^build (\S+): compile-unit (\S+)$", text, re.M)
    link = re.search(r"^build \S+: link-units (.+)$", text, re.M)[1].split()
    return units, link


def main(tool, plan, out):
    units, link = commands(plan)
    with tempfile.TemporaryDirectory() as folder:
        contact = pathlib.Path(folder, "scheduler.json")
        options = ["--scheduler-file", contact]
        scheduler = start("dask_scheduler", "--port", "0", "--no-dashboard", "--host", "127.0.0.1", *options)
        once = ["--no-nanny", "--nthreads", "1", "--no-dashboard", "--local-directory", folder]
        workers = [start("dask_worker", *once, *options) for _ in range(2)]
        try:
            with Client(scheduler_file=str(contact), timeout=60) as client:
                client.wait_for_workers(2, timeout=60)
                made = build(client, workers, tool, plan, units)
        finally:
            for process in [*workers, scheduler]:
                process.kill()
                process.wait()
        paths = []
        for unit in link[1:]:
            path = pathlib.Path(folder, unit.replace("/", "-"))
            path.write_bytes(made[unit])
            paths.append(path)
        subprocess.run([tool, "link-units", pathlib.Path(plan, link[0]), *paths, "-o", out], check=True)


def build(client, workers, tool, plan, units):
    futures = {}
    for unit, job in units:
        content = pathlib.Path(plan, job).read_bytes()
        futures[client.submit(compile_unit, tool, content, pure=False)] = unit
    made, makers, victim = {}, collections.Counter(), None
    for future in as_completed(list(futures)):
        maker, content = future.result()
        made[futures[future]] = content
        makers[maker] += 1
        if victim is None and len(made) * 3 >= len(units):
            victim = workers[0]
            victim.send_signal(signal.SIGKILL)
            victim.wait()
    assert victim is not None and len(makers) == 2, makers
    print(*sorted(makers.values()))
    return made


if __name__ == "__main__":
    main(*sys.argv[1:])
