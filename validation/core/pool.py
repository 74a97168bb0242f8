"""Rules side by side in processes, each rule with a time limit that really ends it.

A process takes a rule, judges it, and takes the next. One that is over its time is killed and another takes its place;
one that dies (of too little memory, say) costs its rule only. Every rule gets an answer.
"""

import io
import os
import sys
import time
import warnings
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from threading import Thread
from typing import TYPE_CHECKING, Any

from cdisckit.errors import CdisckitError
from validation.core.data import Job

if TYPE_CHECKING:
    from validation.core.engine import Engine

__all__ = ["judge_rules", "refuse_network"]

NETWORK = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto")
PATIENCE = 10                               # times the limit that a rule may take by the clock
START_LIMIT = 600.0                         # seconds for a process to import the engine and read the data
Answer = dict[str, Any]


@dataclass
class _Worker:
    process: BaseProcess
    connection: Connection
    rule: str = ""                          # at work on; "" while it starts
    since: float = 0.0
    until: float = 0.0                      # then it is looked at
    computed: float = 0.0                   # seconds of the processor, when it began the rule

    def begin(self, rule: str, time_limit: float) -> None:
        self.rule, self.since, self.computed = rule, time.monotonic(), _computed(self.process)
        self.until = self.since + time_limit

    def has_time(self, time_limit: float) -> bool:
        """The limit is of the time that a rule computes: on a busy machine it waits, too, but not for ever."""
        now = time.monotonic()
        left = min(time_limit - (_computed(self.process) - self.computed), self.since + PATIENCE * time_limit - now)
        if self.rule and left > 0:
            self.until = now + left
        return now < self.until


def _computed(process: BaseProcess) -> float:
    import psutil  # comes with the engine

    try:
        times = psutil.Process(process.pid).cpu_times()
    except psutil.NoSuchProcess:            # that is heard next
        return 0.0
    return float(times.user + times.system)


def judge_rules(job: Job, rules: Mapping[str, Any], jobs: int, time_limit: float,
                done: Callable[[str, Answer], None]) -> None:
    """Judge every rule and hand its answer to `done`: what the engine gave; or {"failed": why}, {"timed out": why}."""
    waiting = deque(rules)
    workers = [_start(job) for _ in range(min(jobs, len(rules)))]
    try:
        while workers:
            soonest = min(worker.until for worker in workers)
            heard = wait([worker.connection for worker in workers], max(0.0, soonest - time.monotonic()))
            for worker in list(workers):
                if worker.connection in heard:
                    lives = _hear(worker, done)
                elif time.monotonic() < worker.until or worker.has_time(time_limit):
                    continue
                else:
                    lives = _stop(worker, time_limit, done)
                if lives and waiting:
                    worker.begin(waiting.popleft(), time_limit)
                    with suppress(BrokenPipeError):             # it has just died: that is heard next
                        worker.connection.send(rules[worker.rule])
                else:
                    workers.remove(worker)
                    _end(worker)
                    workers += [_start(job)] if waiting else []
    finally:
        for worker in workers:
            _end(worker)


def _start(job: Job) -> _Worker:
    context = get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_work, args=(there, job), daemon=True)
    seed = os.environ.get("PYTHONHASHSEED")
    os.environ["PYTHONHASHSEED"] = "0"                          # the engine makes lists of sets: always the same
    process.start()
    os.environ.pop("PYTHONHASHSEED")
    if seed is not None:
        os.environ["PYTHONHASHSEED"] = seed
    there.close()
    return _Worker(process, here, until=time.monotonic() + START_LIMIT)


def _end(worker: _Worker) -> None:
    worker.process.kill()
    worker.process.join()
    worker.connection.close()


def _hear(worker: _Worker, done: Callable[[str, Answer], None]) -> bool:
    """Take what the process says. False: it has died."""
    try:
        answer = worker.connection.recv()
    except (EOFError, OSError):
        worker.process.join()
        why = f"its process died (exit code {worker.process.exitcode}; -9 is mostly too little memory)"
        answer = {"failed": why, "died": True}
    if not worker.rule:
        if "failed" in answer:
            raise CdisckitError(f"the CDISC rules engine could not be started: {answer['failed']}",
                                fix="look at the text above; pip install 'cdisckit[core]' in Python 3.12 brings it")
        return True
    done(worker.rule, answer)
    return "died" not in answer


def _stop(worker: _Worker, time_limit: float, done: Callable[[str, Answer], None]) -> bool:
    if not worker.rule:
        raise CdisckitError(f"the CDISC rules engine was not ready after {START_LIMIT:.0f} s",
                            fix="run with fewer --jobs: each of them imports the engine and holds the data")
    done(worker.rule, {"timed out": f"it was stopped after {time_limit:g} s", "seconds": time_limit})
    return False


def _work(connection: Connection, job: Job) -> None:
    """What a process does: get ready, then judge one rule after the other until nobody asks any more."""
    Thread(target=_end_with_parent, daemon=True).start()
    warnings.simplefilter("ignore")                             # of the engine, about itself
    sys.stdout = io.StringIO()                                  # where it prints, too
    with ThreadPoolExecutor(1) as alone:                        # whatever is raised comes back in the future
        ready = alone.submit(_engine, job)
        if fault := ready.exception():
            connection.send({"failed": f"{type(fault).__name__}: {fault}"})
            return
        connection.send({})
        while True:
            try:
                rule = connection.recv()
            except EOFError:
                return
            started = time.perf_counter()
            future = alone.submit(ready.result().judge, rule)
            fault = future.exception()
            connection.send({"failed": f"{type(fault).__name__}: {fault}", "seconds": time.perf_counter() - started}
                            if fault else future.result())


def _engine(job: Job) -> "Engine":
    refuse_network()
    from validation.core.engine import Engine

    return Engine(job)


def refuse_network() -> None:
    """From now on this process opens no connection and reads no pickle: whoever tries gets a PermissionError."""
    def refuse(event: str, arguments: tuple[object, ...]) -> None:
        if event in NETWORK or (event == "open" and str(arguments[0]).endswith(".pkl")):
            raise PermissionError(f"the CDISC rules engine may neither use the network nor load a pickle ({event})")

    sys.addaudithook(refuse)


def _end_with_parent() -> None:
    """A process whose parent was killed ends at once, whatever rule it is at."""
    if parent := parent_process():
        parent.join()
        os._exit(1)
