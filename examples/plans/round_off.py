"""The last request: run everything, look over it, and sum it up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from turns import Request, call, found, passed, turn

from plans.paths import BUDGET, CORE, EXCESS, LARGEST

if TYPE_CHECKING:
    from turns import Plan


def answer() -> Plan[None]:
    """Answer the last request: run everything, look over the result, and sum up."""
    everything, examples = yield turn(
        "I'll run all tests together, and the examples in the files that I changed or added and in the two that count.",
        call("run_tests", paths=["tests"]),
        call("run_tests", paths=[BUDGET, LARGEST, EXCESS, f"{CORE}/tokens.py", f"{CORE}/window.py"], doctests=True),
    )
    tests, doctests = passed(everything), passed(examples)
    places, _ = yield turn(
        f"All green: {tests} among the tests, {doctests} among the examples. A last look at where the new code "
        "stands, and at the list of tests.",
        call("search", pattern=r"def (share|allocate|largest_nodes|excess_tokens)\(", path=CORE),
        call("list_files", path="tests"),
    )
    path, line = found(r"(\S+):\d+:    def share", places), found(r":(\d+):    def share", places)
    yield turn(
        f"{path} was edited in several steps, with `share` now at line {line}, so I'll read it whole once more, and "
        "the two new modules.",
        call("read_file", path=path),
        call("read_file", path=EXCESS),
        call("read_file", path=LARGEST, start=12),
    )
    yield turn(
        "For the changelog:\n\n"
        "- `TokenBudget.allocate` refuses a blank section name with a ValueError and changes nothing then. Before, an "
        "empty name was taken as a section of its own.\n"
        "- `TokenBudget.share(section)`: a section's tokens over the budget's total; 0.0 for one that is not there.\n"
        "- `largest_nodes(graph, count=10, *, type=None)`: the nodes that cost most, of the same cost the earlier "
        "first.\n"
        "- `excess_tokens(budget)`: how many tokens compression has to free for the sections to fit the target.\n\n"
        "What went wrong on the way, and is now held by a test: a name of spaces passed the first check; the first "
        "`share` divided by the total less the reserve, and raised a KeyError for an unknown section; the first "
        "ranking turned ties round, and took a count of -1; the first excess counted the "
        "reserve twice. My first account of a window's tokens left out the call id that a note repeats; there the "
        "code was right and the test was not.\n\n"
        f"All tests are green ({tests}), and so are the docstring examples ({doctests}). Only `allocate` behaves "
        "otherwise than before, and only for blank names; code that used one has to pick a name."
    )


REQUEST = Request(
    "Very good. Please run everything once more, look over what you changed, and give me a summary for the "
    "changelog, including what went wrong on the way.",
    answer,
)
