"""Holds reports against the schemas of others, with others' validators.

    check_outputs.py FOLDER [FOLDER ...]

In each folder: record.json against docs/schemas (jsonschema), results.sarif against a model that is generated from OASIS's
schema of SARIF 2.1.0 (pydantic-sarif, unknown fields forbidden), junit.xml against the schema of Jenkins (JUNIT_XSD, from
the sources of pytest) and through junitparser. Then the files for CI against the schemas that check-jsonschema ships. Exit
code 1 where something is wrong.
"""

import json
import os
import pathlib
import subprocess
import sys

import jsonschema
import junitparser
import lxml.etree
import pydantic_sarif.model

ROOT = pathlib.Path(__file__).resolve().parent.parent
CI = (("vendor.github-actions", "action.yml"), ("vendor.github-workflows", "docs/ci/github-workflow.yml"),
      ("vendor.gitlab-ci", "docs/ci/gitlab-ci.yml"))


def check_record(path):
    schema = json.loads((ROOT / "docs/schemas/refute-record-1.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    record = json.loads(path.read_text())
    for error in jsonschema.Draft202012Validator(schema).iter_errors(record):
        yield f"{path}: {error.json_path}: {error.message}"


def check_sarif(path):
    try:
        log = pydantic_sarif.model.StaticAnalysisResultsFormatSarifVersion210JsonSchema.model_validate_json(
            path.read_text())
    except ValueError as error:
        yield f"{path}: {error}"
        return
    for run in log.runs:
        for result in run.results:
            if run.tool.driver.rules[result.ruleIndex].id != result.ruleId:
                yield f"{path}: rule {result.ruleId} has another index"


def check_junit(path, record):
    schema = lxml.etree.XMLSchema(lxml.etree.parse(os.environ["JUNIT_XSD"]))
    if not schema.validate(lxml.etree.parse(str(path))):
        yield from (f"{path}: {error}" for error in schema.error_log)
    cases = [case for suite in junitparser.JUnitXml.fromfile(str(path)) for case in suite]
    claims = record["hypotheses"]
    if len(cases) != len(claims):
        yield f"{path}: {len(cases)} test cases for {len(claims)} claims"


def main():
    problems = []
    for folder in map(pathlib.Path, sys.argv[1:]):
        problems += check_record(folder / "record.json")
        problems += check_sarif(folder / "results.sarif")
        problems += check_junit(folder / "junit.xml", json.loads((folder / "record.json").read_text()))
    for schema, file in CI:
        done = subprocess.run([sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(ROOT / file)],
                              capture_output=True, text=True, check=False)
        if done.returncode:
            problems.append(f"{file}: {done.stdout}{done.stderr}")
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{len(sys.argv) - 1} folders and {len(CI)} files for CI checked: {len(problems)} problems")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
