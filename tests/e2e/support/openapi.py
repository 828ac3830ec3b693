"""docs/admin-api.yaml: its operations, and whether an answer is one that it describes."""

import json
import pathlib
import re

import jsonschema
import yaml

PATH = pathlib.Path(__file__).resolve().parents[3] / "docs/admin-api.yaml"
METHODS = ("get", "put", "post", "delete", "patch")


class Operation:
    def __init__(self, description, method, path, value):
        self.description, self.method, self.path, self.value = description, method.upper(), path, value
        self.id, self.privilege = value["operationId"], value["x-privilege"]

    def url(self, captures=None):
        """The path with its captures filled in; those not given with a word that names nothing."""
        return re.sub(r"{(\w+)}", lambda match: str((captures or {}).get(match[1], "nothing")), self.path)

    def body_type(self):
        return next(iter(self.value.get("requestBody", {}).get("content", {})), None)

    def check(self, response):
        """Holds status, content type and body of an answer against the description."""
        described = self.value["responses"].get(str(response.status))
        assert described, f"{self.id} answers {response.status}: {response.text}"
        described = self.description.resolved(described)
        kind = response.header("Content-Type").split(";")[0]
        assert kind in described["content"], f"{self.id}: {response.status} with {kind}"
        for name in described.get("headers", {}):
            assert response.header(name) is not None, f"{self.id}: {name} is missing"
        schema = described["content"][kind]["schema"]
        if kind == "application/x-ndjson":
            for line in filter(None, response.text.split("\n")[:-1]):
                self.description.validate(json.loads(line), schema)
        elif kind.endswith("json"):
            self.description.validate(json.loads(response.body), schema)


class Description:
    def __init__(self):
        self.document = yaml.safe_load(PATH.read_text())
        self.operations = {value["operationId"]: Operation(self, method, path, value)
                           for path, item in self.document["paths"].items()
                           for method, value in item.items() if method in METHODS}

    def resolved(self, value):
        while "$ref" in value:
            parts = value["$ref"].removeprefix("#/").split("/")
            value = self.document
            for part in parts:
                value = value[part]
        return value

    def validate(self, instance, schema):
        # One document, so that "#/components/..." is found.
        whole = {**schema, "components": self.document["components"]}
        jsonschema.Draft202012Validator(
            whole, format_checker=jsonschema.draft202012_format_checker).validate(instance)

    def schemas(self):
        """Every schema of the document, with the place it stands at."""
        found = []

        def walk(value, place):
            if isinstance(value, list):
                for number, item in enumerate(value):
                    walk(item, f"{place}/{number}")
            elif isinstance(value, dict):
                for name, item in value.items():
                    if name == "schema" or place == "/components/schemas":
                        found.append((f"{place}/{name}", item))
                    walk(item, f"{place}/{name}")
        walk(self.document, "")
        return found

    def references(self):
        return re.findall(r'"(#/[^"]*)"', json.dumps(self.document))
