# SPDX-License-Identifier: Apache-2.0
"""Cases: named by a sentence, run one after another, counted at the end.

    case("a photo is served at every size", test_every_size)
    cases("a size is refused: {}", ["HUGE", ""], test_refused)   # a row each

A test that fails raises; `check` and `equal` say what was wrong. A file of
cases ends with main(): it prints a line for each case and the closing line
"N passed, N failed". With -k WORD only the cases with WORD in their sentence.
"""
import os
import sys
import time
import traceback

_cases = []
_cleanups = []


class Failed(AssertionError):
    """What a case found wrong."""


def check(condition, what):
    if not condition:
        raise Failed(what)


def equal(got, wanted, what="value"):
    if got != wanted:
        raise Failed(f"{what}: got {_short(got)}, wanted {_short(wanted)}")


def _short(value):
    text = repr(value)
    return text if len(text) <= 600 else f"{text[:400]} ... {text[-150:]}"


def case(sentence, test, *args):
    _cases.append((sentence, test, args))


def cases(sentence, rows, test):
    for row in rows:
        row = row if isinstance(row, tuple) else (row,)
        _cases.append((sentence.format(*row), test, row))


def at_end(function, *args):
    """Run when all cases are done, last first."""
    _cleanups.append((function, args))


def until(seconds, what, probe):
    """Polls until probe() is true; a limit for the machine, not a timing."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = probe()
        if value:
            return value
        time.sleep(0.02)
    raise Failed(f"not within {seconds} s: {what}")


def main():
    word = None
    if len(sys.argv) == 3 and sys.argv[1] == "-k":
        word = sys.argv[2]
    passed = failed = 0
    try:
        for sentence, test, args in _cases:
            if word is not None and word not in sentence:
                continue
            began = time.monotonic()
            try:
                test(*args)
                passed += 1
                verdict = "ok    "
            except Exception as e:  # a broken test is a failed one
                failed += 1
                verdict = "FAILED"
                if isinstance(e, Failed):
                    where = traceback.extract_tb(e.__traceback__)[-2]
                    print(f"  {os.path.basename(where.filename)}:"
                          f"{where.lineno}: {e}")
                else:
                    traceback.print_exc(file=sys.stdout)
            seconds = time.monotonic() - began
            slow = f"  ({seconds:.1f} s)" if seconds > 2 else ""
            print(f"{verdict} {sentence}{slow}", flush=True)
    finally:
        for function, args in reversed(_cleanups):
            function(*args)
    print(f"{passed} passed, {failed} failed", flush=True)
    sys.exit(1 if failed or not passed else 0)
