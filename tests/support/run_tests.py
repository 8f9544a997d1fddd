#!/usr/bin/env python3
"""Runs test suites one after the other and adds up what they say.

Each argument is LABEL=COMMAND. A suite counts as what its closing line says: Criterion's "Synthesis", or
"N passed, N failed". A suite that ends otherwise than it says, runs too long or says nothing is a
failure. Output goes to BUILD/test-logs/LABEL.log; of a failed suite it is printed. With --jobs N that
many run at once (not those whose label begins with "system" or "peer": they measure and kill).

A sanitizer's report is a failure too. Criterion does not see how a test's process ends after the test, and nobody
sees the end of a service, so their reports go to files (test-asan sets ASAN_OPTIONS): BUILD/test-logs/LABEL.report.PID.
"""
import concurrent.futures
import glob
import os
import re
import signal
import subprocess
import sys
import time

SYNTHESIS = re.compile(r"Synthesis:.*?Passing: .*?(\d+).*?Failing: .*?(\d+).*?Crashing: .*?(\d+)")
PLAIN = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?", re.M)
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
FINDING = re.compile(r"ERROR: \w*Sanitizer|runtime error:")
LIMIT_S = 1200


def environment(report):
    env = dict(os.environ)
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
        if name in env:
            env[name] += ":log_path=" + report
    return env


def reports(base):
    texts = []
    for path in sorted(glob.glob(glob.escape(base) + ".report.*")):
        with open(path, errors="replace") as f:
            text = f.read()
        # The rest are remarks, such as that a process was killed while its leaks were looked for.
        if FINDING.search(text):
            texts.append(path + "\n" + text)
    return texts


def run(label, command, logs):
    started = time.monotonic()
    base = os.path.abspath(os.path.join(logs, label.replace("/", "_")))
    path = base + ".log"
    for old in glob.glob(glob.escape(base) + ".report.*"):
        os.remove(old)
    with open(path, "wb") as log:
        child = subprocess.Popen(command, shell=True, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                 start_new_session=True, env=environment(base + ".report"))
        try:
            status = child.wait(LIMIT_S)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            status = -1
    with open(path, errors="replace") as log:
        text = ESCAPES.sub("", log.read())
    passed = failed = skipped = 0
    found = SYNTHESIS.findall(text)
    if found:
        passed, failed = int(found[-1][0]), int(found[-1][1]) + int(found[-1][2])
    else:
        for p, f, s in PLAIN.findall(text):
            passed, failed, skipped = passed + int(p), failed + int(f), skipped + int(s or 0)
    if status != 0 and failed == 0:
        failed = 1
    if passed + failed + skipped == 0:
        skipped = 1 if "skipped" in text else 0
        failed = 0 if skipped else 1
    reported = reports(base)
    failed += len(reported)
    return label, passed, failed, skipped, time.monotonic() - started, text, "\n".join(reported)


def report(result):
    label, passed, failed, skipped, seconds, text, sanitizer = result
    note = f", {skipped} skipped" if skipped else ""
    print(f"{'FAIL' if failed else 'ok  '} {label:32} {passed:5} passed, {failed} failed{note}  ({seconds:.1f} s)",
          flush=True)
    if failed:
        lines = text.splitlines()
        print("".join("     | " + l + "\n" for l in sanitizer.splitlines()[:60]), end="")
        bad = [l for l in lines if re.search(r"FAIL|Failed|Assertion|failed|error|ERROR|Crash", l)]
        print("\n".join("     | " + l for l in (bad or lines)[-40:]), flush=True)


def main():
    args = sys.argv[1:]
    jobs, logs, only = 1, "build/test-logs", ""
    while args and args[0].startswith("--"):
        if args[0] == "--jobs":
            jobs = int(args[1])
        elif args[0] == "--logs":
            logs = args[1]
        elif args[0] == "--only":
            only = args[1]
        args = args[2:]
    os.makedirs(logs, exist_ok=True)
    suites = [a.split("=", 1) for a in args if only in a.split("=", 1)[0]]
    alone = [s for s in suites if s[0].startswith(("system", "peer", "service"))]
    together = [s for s in suites if s not in alone]
    totals = [0, 0, 0]
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        results = list(pool.map(lambda s: run(s[0], s[1], logs), together))
    for result in results:
        report(result)
    for label, command in alone:
        result = run(label, command, logs)
        results.append(result)
        report(result)
    for result in results:
        for i in range(3):
            totals[i] += result[1 + i]
    note = f", {totals[2]} skipped" if totals[2] else ""
    print(f"{totals[0]} passed, {totals[1]} failed{note}")
    sys.exit(1 if totals[1] else 0)


main()
