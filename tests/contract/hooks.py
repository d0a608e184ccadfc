"""Hooks of schemathesis: real rows to ask for, and a stricter reading of the document.

Made-up ids would only ever meet 404, and made-up phone numbers and amounts 422. So every thread makes a small world over
HTTP, as clients do, and most requests are pointed at it. Invalid data stays as it was generated.
"""

import atexit
import collections
import os
import pathlib
import signal
import sys
import threading

import schemathesis
from hypothesis.internal import lambda_sources
from schemathesis.core import NOT_SET
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.core.parameters import ParameterLocation
from schemathesis.openapi.checks import UnsupportedMethodResponse, UseAfterFree

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from worlds import WORLDS, chance, one_of

# Ends the run as Ctrl-C does, with the summary of what was done so far, and a failure.
end = threading.Timer(60 * float(os.environ["STRONGROOM_MINUTES"]), os.kill, (os.getpid(), signal.SIGINT))
end.daemon = True
end.start()

describe = lambda_sources._lambda_description


def describe_or_not(function):
    """CPython 3.11 at times loses count of its recursion when hypothesis has it parse a function, only to name it."""
    try:
        return describe(function)
    except SystemError:
        return "lambda"


lambda_sources._lambda_description = describe_or_not

current = threading.local()

# How often each operation that was tried has answered with success.
successes = collections.Counter()


# The requests that were dry runs, after which all is as it was.
dry_runs = set()


@atexit.register
def tell_what_never_succeeded():
    """For whoever renews this: requests that are all refused show little of an operation."""
    never = [operation for operation, times in sorted(successes.items()) if not times]
    if never:
        print("Never answered with success:", *never, sep="\n  ")


def world(system):
    """The world of a system that this thread asks for."""
    worlds = current.__dict__.setdefault("worlds", {})
    if system not in worlds or worlds[system].left <= 0:
        worlds[system] = WORLDS[system]()
    worlds[system].left -= 1
    return worlds[system]


DECIMALS = {
    "total_amount", "amount", "percent", "shares", "adjustment", "tax", "tip", "discount",
    "cost_savings", "estimated_cost", "hs_code_confidence", "quantity", "unit_price", "total_price", "price", "negotiated_price",
}


def is_taken_all_the_same(body):
    """Whether a body is null, or has a number for a decimal."""
    if isinstance(body, list):
        return any(is_taken_all_the_same(item) for item in body)
    if not isinstance(body, dict):
        return body is None
    is_number = lambda value: isinstance(value, (int, float)) and not isinstance(value, bool)
    return any(
        is_number(value) if name in DECIMALS else isinstance(value, (dict, list)) and is_taken_all_the_same(value)
        for name, value in body.items()
    )


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """`default` describes any status, and so would hide one that an operation should list."""
    for path in raw_schema["paths"].values():
        for operation in path.values():
            operation["responses"].pop("default", None)


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Three answers are right although the document says otherwise.

    PATCH of `/users/lookup` is a PATCH of the user `lookup`, who is not there: that is 404, not 405. And the server takes
    more than the document asks clients to send: decimals as numbers, and null for a body that may be absent. What a dry run
    deleted is there.
    """
    if isinstance(failure, UseAfterFree) and failure.deleted_case_id in dry_runs:
        return False
    if isinstance(failure, AcceptedNegativeData) and is_taken_all_the_same(case.body):
        return False
    beside = case.operation.schema.raw_schema["paths"].get(case.path.rsplit("/", 1)[0] + "/{id}", {})
    is_of_a_row = isinstance(failure, UnsupportedMethodResponse) and case.method.lower() in beside
    return not (is_of_a_row and response.status_code == 404)


@schemathesis.hook
def before_call(context, case, kwargs):
    system = f"{case.path}//".split("/")[2]
    if system not in WORLDS or case.meta is None:
        return
    here = world(system)
    negative = case.meta.is_negative_at
    kind = case.path.split("/")[3]
    row = (case.path_parameters or {}).get("id")
    if row is not None and not negative(ParameterLocation.PATH) and chance(row) % 10:
        rows = here.ids.get(kind, [])
        if case.path.endswith("/restore"):
            rows = here.deleted.get(kind, []) + rows
        case.path_parameters["id"] = one_of(rows, row)
    if case.path_parameters and not negative(ParameterLocation.PATH):
        for name in case.path_parameters.keys() - {"id"}:
            case.path_parameters[name] = here.plausible(name, case.path_parameters[name])
    if case.body is not NOT_SET and not negative(ParameterLocation.BODY):
        body = here.plausible("", case.body)
        if body != case.body:
            case.body = body


@schemathesis.hook
def after_call(context, case, response):
    if "dry-run" in response.headers:
        dry_runs.add(case.id)
    if case.method.lower() in case.operation.schema.raw_schema["paths"][case.path]:
        successes[f"{case.method} {case.path}"] += response.status_code < 300
    # What took the world's rows away leaves none to ask for.
    if case.method == "DELETE" and response.status_code in (200, 204):
        current.__dict__.pop("worlds", None)
