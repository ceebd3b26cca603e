"""Checks data with Python's jsonschema: validate.py SCHEMAS < DATA

SCHEMAS is what `rollcall schema --all` prints, DATA a line of JSON each: {"schema": URN, "data": ...}. Every schema is
held against its own metaschema first. Ends with 1 and what is wrong, and where."""

import json
import sys
from datetime import datetime

try:
    from jsonschema import Draft202012Validator, FormatChecker
except ImportError:
    sys.exit("there is no jsonschema for this Python: tools/setup installs python3-jsonschema")

formats = FormatChecker(formats=[])


@formats.checks("date-time", raises=ValueError)
def date_time(value):
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


with open(sys.argv[1], encoding="utf-8") as file:
    schemas = json.load(file)
for schema in schemas.values():
    Draft202012Validator.check_schema(schema)

wrong = 0
checked = 0
for line in sys.stdin:
    case = json.loads(line)
    validator = Draft202012Validator(schemas[case["schema"]], format_checker=formats)
    for error in validator.iter_errors(case["data"]):
        print(f"{case['schema']} {error.json_path}: {error.message}", file=sys.stderr)
        wrong += 1
    checked += 1
print(f"{len(schemas)} schemas, {checked} documents, {wrong} errors")
sys.exit(1 if wrong else 0)
