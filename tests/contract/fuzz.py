"""Sends what schemathesis makes up from the OpenAPI document to a server: fuzz.py URL SECONDS WHO [OPTION...]

WHO is `operator`, with the key in ROLLCALL_OPERATOR_KEY, or the address of a person of the demo, with the password in
ROLLCALL_PASSWORD. All checks of schemathesis, and one of ours, judge each answer; any finding ends it with 1 and is
told with the request that makes it. OPTIONs are those of `schemathesis run`."""

import itertools
import json
import os
import sys
import urllib.request
import uuid
import zlib
from pathlib import Path

import schemathesis
from schemathesis.cli import schemathesis as command_line

# Refusals that the schemas foretell: nothing that fits them is answered so. What depends on several members together
# (`invalid_value`) or on more than a pattern can say (`invalid_email`) is none of them.
FORM = {"malformed_json", "unsupported_media_type", "invalid_header", "invalid_body", "invalid_parameter"}


class Server:
    def __init__(self, url):
        self.url = url

    def ask(self, path, body=None, token=None, place=None):
        request = urllib.request.Request(self.url + path, None if body is None else json.dumps(body).encode())
        request.add_header("Content-Type", "application/json")
        if token:
            request.add_header("Authorization", "Bearer " + token)
        if place:
            request.add_header("X-Forwarded-For", place)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)


def there(server, token):
    """What is in the demo, by the name of the member or parameter it may stand for."""
    known = {"account": ["gx624", "ky667", "ab123"], "user": [], "email": [], "invitation": []}
    for account in known["account"]:
        rows = server.ask(f"/v1/accounts/{account}/users?status=all", token=token)["users"]
        known["user"] += [row["id"] for row in rows if row["id"].startswith("usr_")]
        known["invitation"] += [row["id"] for row in rows if row["id"].startswith("inv_")]
        known["email"] += [row["email"] for row in rows if row["email"]]
        known["owner of " + account] = next(row["email"] for row in rows if row["role"] == "owner")
    known["to"] = known["from"] = known["owner"] = known["user"]
    return known


def choice_of(value):
    """A number that is another for another value, and the same whenever the same case is made up again."""
    return zlib.crc32(repr(value).encode("utf-8", "surrogatepass"))


def main(url, seconds, who, *options):
    server = Server(url)
    known = there(server, os.environ["ROLLCALL_OPERATOR_KEY"])

    # A person signs in anew for each operation, since some of them end sessions: here at first, so that this place is
    # known to be theirs, and then elsewhere, since wrong passwords made up here make who comes from here wait.
    places = (f"198.51.{n // 250 % 250}.{n % 250 + 1}" if n else None for n in itertools.count())

    @schemathesis.auth(cache_by_key=lambda case, context: case.operation.label)
    class Somebody:
        def get(self, case, context):
            if who == "operator":
                return os.environ["ROLLCALL_OPERATOR_KEY"]
            sign_in = {"email": who, "password": os.environ["ROLLCALL_PASSWORD"]}
            return server.ask("/v1/commands/StartSession", sign_in, place=next(places))["token"]

        def set(self, case, token, context):
            case.headers["Authorization"] = "Bearer " + token

    def real(value):
        """The value, with half of its names of accounts, users and the like replaced by those of the demo."""
        if isinstance(value, list):
            return [real(one) for one in value]
        if not isinstance(value, dict):
            return value
        changed = {}
        for name, one in value.items():
            choice = choice_of((name, one))
            of_kind = known.get(name) if isinstance(one, str) else None
            changed[name] = of_kind[choice // 2 % len(of_kind)] if of_kind and choice % 2 else real(one)
        return changed

    @schemathesis.hook
    def before_call(context, case, **kwargs):
        if case.meta is None or case.meta.generation.mode.is_negative:
            return
        if isinstance(case.body, (dict, list)):
            case.body = real(case.body)
        if case.path_parameters:
            case.path_parameters = real(dict(case.path_parameters))
        # A key that was used for another request is refused, and that is all one would see.
        if case.headers.get("Idempotency-Key"):
            case.headers["Idempotency-Key"] = uuid.uuid4().hex + case.headers["Idempotency-Key"][:224]
        # The operator may do most things only in somebody's name; made-up addresses are nobody's.
        if who == "operator" and isinstance(case.body, dict) and choice_of(case.body) % 8:
            case.headers.pop("Rollcall-As", None)
            owner = known.get(f"owner of {case.body.get('account')}")
            if owner and case.operation.definition.raw["operationId"] != "OpenAccount":
                case.headers["Rollcall-As"] = owner
                case.headers.setdefault("Rollcall-Reason", "trying it out")

    @schemathesis.check
    def refused_for_its_form(context, response, case):
        if case.meta is None or case.meta.generation.mode.is_negative or response.status_code < 400:
            return
        problem = response.json()
        # Cursors are made by the server and by nobody else, and an instant may not lie in the future.
        if problem["code"] in FORM and problem.get("parameter") not in {"cursor", "at", "on"}:
            raise AssertionError(f"What fits its schema was refused as {problem['code']}: {problem['detail']}")

    config = Path(__file__).with_name("schemathesis.toml")
    arguments = ["--config-file", str(config), "run", url + "/openapi.json", "--checks", "all", "--seed", "1"]
    return command_line.main([*arguments, "--max-time", seconds, "--mode", "all", *options])


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
